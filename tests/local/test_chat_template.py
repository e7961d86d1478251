"""Chat templates: what transformers would render, and what comes of a broken one."""

from __future__ import annotations

import datetime

import pytest

from costeer.foundation.errors import ModelError
from costeer.local.process import ModelProcess
from costeer.local.template_process import TemplateProcess

HELLO = [{"role": "user", "content": "Hello <b>&</b> {{ 1 + 1 }}"}]


def test_the_models_own_template(local_model: ModelProcess) -> None:
    text = local_model.render(HELLO)
    assert text.endswith(
        "<|im_end|>\n<|im_start|>user\nHello <b>&</b> {{ 1 + 1 }}<|im_end|>\n<|im_start|>assistant\n"
    )
    assert text.startswith("<|im_start|>system\nYou are")
    start = local_model.describe().token_bytes.index(b"<|im_start|>")
    assert local_model.tokenize(text).count(start) == 3
    assert local_model.tokenize(text, parse_special=False).count(start) == 0


def test_no_template_means_chatml() -> None:
    messages = [{"role": "system", "content": "Be brief."}, *HELLO]
    templates = TemplateProcess()
    said = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello <b>&</b> {{ 1 + 1 }}<|im_end|>\n"
    assert templates.render("", messages, add_generation_prompt=False) == said
    assert templates.render("", messages) == said + "<|im_start|>assistant\n"
    assert templates.pid is None


def test_the_helpers_of_transformers(templates: TemplateProcess) -> None:
    template = (
        "{%- for m in messages %}\n"
        "    {%- if loop.last %}\n"
        "{{ bos_token }}{{ m | tojson }}{% generation %}!{% endgeneration %}"
        "{{ strftime_now('%Y') }}{{ eos_token }}{{ [1] | tojson(indent=1) }}"
        "    {%- endif %}\n"
        "    {% if loop.length > 5 %}{% break %}{% endif %}\n"
        "{%- endfor %}\n"
        "{%- if tools or documents %}x{% endif %}"
    )
    text = templates.render(
        template,
        [{"role": "user", "content": "é<"}],
        bos_text="<s>",
        eos_text="</s>",
        now=lambda: datetime.datetime(2025, 1, 1),
    )
    assert text.strip() == '<s>{"role": "user", "content": "é<"}!2025</s>[\n 1\n]'


def test_no_template_remembers_another(templates: TemplateProcess) -> None:
    assert templates.render("{% set left = 1 %}{% macro here() %}{% endmacro %}{{ left }}", HELLO) == "1"
    assert templates.render("{{ left is defined }}{{ here is defined }}", HELLO) == "FalseFalse"


def test_any_character_of_a_conversation(templates: TemplateProcess) -> None:
    content = "{{ 'a' * 99999 * 99999 }}{% raw %}\0\r\n\ud7ff\U0001f600 %s {}"
    assert templates.render("{{ messages[0].content }}", [{"role": "user", "content": content}]) == content
    half = [{"role": "user", "content": "\ud83d!"}]  # half of a character
    assert templates.render("{{ messages[0].content }}{{ '\\ud83d' }}", half) == "?!?"


def test_python_is_not_seen_where_the_sandbox_keeps_silent(templates: TemplateProcess) -> None:
    assert templates.render("{{ messages|attr('__class__') }}{{ '{0.__class__}'.format(messages) }}", HELLO) == ""


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{% for", "unexpected"),
        ("{{ raise_exception('Only user messages') }}", "Only user messages"),
        ("{{ raise_exception('one\ntwo' * 999) }}", "one twoone two"),
        ("{{ raise_exception('clear\x1b[2J') }}", r"\(clear \[2J\)"),
        ("{{ messages[0].content.nothing.more }}", "nothing"),
        ("{{ messages + 1 }}", "TypeError"),
        ("{{ ''.__class__.__mro__ }}", "__class__"),
        ("{{ range.__globals__.x }}", "__globals__"),
        ("{{ messages.append(1) }}", "append"),
        ("{% include 'other' %}", "TypeError"),
    ],
)
def test_a_bad_template_is_refused(templates: TemplateProcess, template: str, why: str) -> None:
    with pytest.raises(ModelError, match=why) as caught:
        templates.render(template, HELLO)
    assert "chat template cannot be used" in caught.value.user_message
    assert "\n" not in caught.value.user_message
    assert len(caught.value.user_message) < 400
