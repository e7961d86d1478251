"""Excerpts of the chat templates of real families, without tools: they become what jinja2 makes of them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import jinja2.sandbox
import pytest

from costeer.foundation.errors import ModelError
from costeer.local.chat_template import render_chat

TEMPLATES = Path(__file__).with_name("chat_templates")
MESSAGES = [
    {"role": "system", "content": " Be brief. "},
    {"role": "user", "content": "Hi <b>\n"},
    {"role": "assistant", "content": "<think>\nhm\n</think>\n\nYes."},
    {"role": "user", "content": "é {{ 1 }}"},
]
CHATML = (
    "<|im_start|>system\n Be brief. <|im_end|>\n<|im_start|>user\nHi <b>\n<|im_end|>\n<|im_start|>assistant\n"
    "<think>\nhm\n</think>\n\nYes.<|im_end|>\n<|im_start|>user\né {{ 1 }}<|im_end|>\n<|im_start|>assistant\n"
)
EXPECTED = {
    "deepseek_r1": (
        "<s> Be brief. <｜User｜>Hi <b>\n<｜Assistant｜>\n\nYes.<｜end▁of▁sentence｜><｜User｜>é {{ 1 }}"
        "<｜Assistant｜><think>\n"
    ),
    "gemma_3": (
        "<s><start_of_turn>user\n Be brief. \n\nHi <b><end_of_turn>\n<start_of_turn>model\n<think>\nhm\n</think>"
        "\n\nYes.<end_of_turn>\n<start_of_turn>user\né {{ 1 }}<end_of_turn>\n<start_of_turn>model\n"
    ),
    "glm": (
        "[gMASK]<sop><|system|>\n Be brief. <|user|>\nHi <b>\n<|assistant|>\nYes.<|user|>\né {{ 1 }}<|assistant|>"
    ),
    "kimi": (
        '<|open|>message role="system" index="1"<|sep|> Be brief. <|open|>message role="user" index="2"<|sep|>'
        'Hi <b>\n<|open|>message role="assistant" index="3"<|sep|><think>\nhm\n</think>\n\nYes.'
        '<|open|>message role="user" index="4"<|sep|>é {{ 1 }}<|open|>message role="a&amp;&quot;b"<|sep|>'
    ),
    "llama_3": (
        "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
        "Today Date: 02 Jan 2025\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHi <b><|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n<think>\nhm\n</think>\n\nYes.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\né {{ 1 }}<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    ),
    "mistral": (
        "<s>[SYSTEM_PROMPT] Be brief. [/SYSTEM_PROMPT][INST]Hi <b>\n[/INST]<think>\nhm\n</think>\n\nYes.</s>"
        "[INST]é {{ 1 }}[/INST]"
    ),
    "phi_4_mini": (
        "<|system|> Be brief. <|end|><|user|>Hi <b>\n<|end|><|assistant|><think>\nhm\n</think>\n\nYes.<|end|>"
        "<|user|>é {{ 1 }}<|end|><|assistant|>"
    ),
    "qwen_2_5": CHATML,
    "qwen_3": CHATML.replace("<think>\nhm\n</think>\n\n", ""),
    "smollm2": CHATML,
}


def render(name: str, messages: list[dict[str, str]]) -> str:
    return render_chat(
        (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8"),
        messages,
        bos_text="<s>",
        eos_text="</s>",
        now=lambda: datetime.datetime(2025, 1, 2),
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_the_template_of_a_family(name: str) -> None:
    assert render(name, MESSAGES) == EXPECTED[name]


def test_every_template_here_is_tested() -> None:
    assert {file.stem for file in TEMPLATES.iterdir()} == EXPECTED.keys()


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("smollm2", "<|im_start|>system\nYou are a helpful AI assistant named SmolLM"),
        ("qwen_2_5", "<|im_start|>system\nYou are Qwen"),
        ("mistral", "<s>[SYSTEM_PROMPT]The current date is 2025-01-02.[/SYSTEM_PROMPT]"),
        ("gemma_3", "<s><start_of_turn>user\nHi <b><end_of_turn>"),
    ],
)
def test_a_conversation_without_a_system_message(name: str, start: str) -> None:
    assert render(name, MESSAGES[1:]).startswith(start)


def test_roles_that_the_template_refuses() -> None:
    with pytest.raises(ModelError, match="Conversation roles must alternate"):
        render("gemma_3", [*MESSAGES, MESSAGES[-1]])


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.last }} {% endfor %}",
        "{% for m in messages %}{{ loop.previtem.role if not loop.first }}{{ loop.cycle('a', 'b') }}{% endfor %}",
        "{% set x = 1 %}{% for i in range(3) %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}",
        "{% set x = 1 %}{% if x %}{% set x = 2 %}{% endif %}{{ x }}",
        "{% macro f(a, b=2) %}{{ a }}{{ b }}{{ g }}{% endmacro %}{% set g = 7 %}{{ f(1) }}{{ f(b=9, a=8) }}",
        "{% macro w() %}<{{ caller('q') }}>{% endmacro %}{% call(z) w() %}{{ z }}{% endcall %}",
        "{% set t | upper | trim %} a{{ 1 }}b {% endset %}{{ t }}{% filter lower %}X{% endfilter %}",
        "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}",
        "{% for i in range(6) if i is odd %}{% if i == 5 %}{% break %}{% endif %}{{ loop.index }}{% endfor %}",
        "{% for i in range(3) %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% else %}x{% endfor %}",
        "{% for i in [] %}{{ i }}{% else %}none{% endfor %}",
        "{% for k, v in {'b': 1, 'a': 2} | dictsort %}{{ k }}{{ v }}{% endfor %}{{ {'a': 1}.items() | list }}",
        "{{ 1 < 2 < 3 }}{{ 7 // 2 }}{{ -7 % 3 }}{{ 3 / 2 }}{{ 'a' ~ 1 ~ none }}{{ [1] * 2 }}",
        "{{ 'abcdef'[1:-1:2] }}{{ messages[-1].role }}{{ messages[99] }}{{ nothing or 'd' }}",
        "{{ [3, 1] | sort }}{{ ['b', 'A'] | sort | join('-') }}{{ [1, 2] | sum }}{{ [1, 1] | unique | list }}",
        "{{ messages | selectattr('role', '==', 'user') | map(attribute='role') | join(', ') }}",
        "{{ messages | rejectattr('role', 'in', ['user']) | list | length }}{{ ['a'] | map('upper') | list }}",
        "{{ {'a': [1, none, 'é<']} | tojson }}{{ [1] | tojson(indent=2) }}",
        "{{ 'a\nb\n\nc' | indent(2) }}{{ \"it's a DOG\" | title }}{{ 'x' | int }}{{ '5.7' | int }}",
        "{{ 'a,b,c'.split(',', 1) }}{{ ' x '.strip() }}{{ 'abc'.endswith(('x', 'c')) }}{{ 'b'.join(['1', '2']) }}",
        "{{ none is none }}{{ 5 is number }}{{ true is integer }}{{ x is iterable }}{{ 'a' is mapping }}",
        "{{ x | default('d') }}{{ none | default('d') }}{{ '' | default('d', true) }}{{ x | length }}",
    ],
)
def test_what_templates_are_made_of_means_what_it_means_in_jinja(template: str) -> None:
    sandbox = jinja2.sandbox.ImmutableSandboxedEnvironment(extensions=["jinja2.ext.loopcontrols"])
    sandbox.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
    assert render_chat(template, MESSAGES) == sandbox.from_string(template).render(messages=MESSAGES)
