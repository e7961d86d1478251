"""Chat templates: what transformers would render, and templates that mean no good."""

from __future__ import annotations

import datetime

import pytest

from costeer.foundation.errors import ModelError
from costeer.local.chat_template import render_chat
from costeer.local.process import ModelProcess

HELLO = [{"role": "user", "content": "Hello <b>&</b> {{ 1 + 1 }}"}]


def test_the_models_own_template(local_model: ModelProcess) -> None:
    info = local_model.describe()
    text = render_chat(info.chat_template, HELLO, bos_text=info.bos_text, eos_text=info.eos_text)
    assert text.endswith(
        "<|im_end|>\n<|im_start|>user\nHello <b>&</b> {{ 1 + 1 }}<|im_end|>\n<|im_start|>assistant\n"
    )
    assert text.startswith("<|im_start|>system\nYou are")
    start = info.token_bytes.index(b"<|im_start|>")
    assert local_model.tokenize(text).count(start) == 3
    assert local_model.tokenize(text, parse_special=False).count(start) == 0


def test_no_template_means_chatml() -> None:
    messages = [{"role": "system", "content": "Be brief."}, *HELLO]
    assert render_chat("", messages, add_generation_prompt=False) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello <b>&</b> {{ 1 + 1 }}<|im_end|>\n"
    )


def test_the_helpers_of_transformers() -> None:
    template = (
        "{%- for m in messages %}\n"
        "    {%- if loop.last %}\n"
        "{{ bos_token }}{{ m | tojson }}{% generation %}!{% endgeneration %}"
        "{{ strftime_now('%Y') }}{{ eos_token }}"
        "    {%- endif %}\n"
        "    {% if loop.length > 5 %}{% break %}{% endif %}\n"
        "{%- endfor %}\n"
        "{%- if tools %}x{% endif %}"
    )
    now = datetime.datetime(2025, 1, 1)
    text = render_chat(
        template, [{"role": "user", "content": "é<"}], bos_text="<s>", eos_text="</s>", now=lambda: now
    )
    assert text.strip() == '<s>{"role": "user", "content": "é<"}!2025</s>'


def test_a_namespace_and_a_macro() -> None:
    template = (
        "{% set ns = namespace(n=0) %}{% macro tag(r) %}[{{ r }}]{% endmacro %}"
        "{% for m in messages[:1] %}{% set ns.n = ns.n + 1 %}{{ tag(m.role) }}{% endfor %}{{ ns.n }}"
    )
    assert render_chat(template, HELLO) == "[user]1"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{% for", "unexpected"),
        ("{{ raise_exception('Only user messages') }}", "Only user messages"),
        ("{{ messages[0].content.nothing.more }}", "nothing"),
        ("{{ messages + 1 }}", "adds a value of type int"),
        ("{{ ''.__class__.__mro__ }}", "__class__"),
        ("{{ messages.append(1) }}", "append"),
        ("{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}", "recursion"),
        (
            "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(99) }}",
            "come to an end",
        ),
        ("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "come to an end"),
        ("{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}{% endfor %}{% endfor %}", "come to an end"),
        ("{{ 'x' * 10000000000 }}", "long"),
        ("{{ 9 ** 9 ** 9 }}", "power"),
        ("{% for a in range(2000) %}{{ 'x' * 99999 }}{% endfor %}", "long"),
        ("{% include 'other' %}", "'include', which does not exist"),
        ("{{ messages|pprint }}", "'pprint', which does not exist"),
        ("{{ raise_exception('one\ntwo' * 999) }}", "one twoone two"),
        ("{{ raise_exception('clear\x1b[2J') }}", r"\(clear \[2J\)"),
    ],
)
def test_a_bad_template_is_refused_and_comes_to_an_end(template: str, why: str) -> None:
    with pytest.raises(ModelError, match=why) as caught:
        render_chat(template, HELLO)
    assert "chat template cannot be used" in caught.value.user_message
    assert "\n" not in caught.value.user_message
    assert len(caught.value.user_message) < 400


def test_what_does_not_exist_is_refused_only_where_it_is_reached() -> None:
    template = (
        "{% if tools %}{{ tools|pprint }}{% include 'tools' %}{{ f(*tools) }}{% endif %}{{ messages[0].role }}"
    )
    assert render_chat(template, HELLO) == "user"
