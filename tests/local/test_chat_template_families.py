"""Excerpts of the chat templates of real families, without tools."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from costeer.foundation.errors import ModelError
from costeer.local.template_process import TemplateProcess

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


def render(templates: TemplateProcess, name: str, messages: list[dict[str, str]]) -> str:
    return templates.render(
        (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8"),
        messages,
        bos_text="<s>",
        eos_text="</s>",
        now=lambda: datetime.datetime(2025, 1, 2),
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_the_template_of_a_family(templates: TemplateProcess, name: str) -> None:
    assert render(templates, name, MESSAGES) == EXPECTED[name]


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
def test_a_conversation_without_a_system_message(templates: TemplateProcess, name: str, start: str) -> None:
    assert render(templates, name, MESSAGES[1:]).startswith(start)


def test_roles_that_the_template_refuses(templates: TemplateProcess) -> None:
    with pytest.raises(ModelError, match="Conversation roles must alternate"):
        render(templates, "gemma_3", [*MESSAGES, MESSAGES[-1]])
