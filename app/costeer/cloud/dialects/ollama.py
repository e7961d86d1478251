"""Ollama's own API: a raw prompt that Ollama does not template again, answered by a JSON object in each line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from costeer.cloud.dialects.logprobs import read_entries
from costeer.cloud.dialects.protocol import Ask, Heard, PreparedPrompt


@dataclass(frozen=True, slots=True)
class OllamaDialect:
    """`raw`: the templated prompt is sent to /api/generate; otherwise the conversation goes to /api/chat, whose
    template decides whether a last message of the assistant is continued."""

    raw: bool = True

    @property
    def name(self) -> str:
        return "ollama, raw" if self.raw else "ollama, chat"

    @property
    def lines(self) -> bool:
        return True

    def request(self, model: str, prompt: PreparedPrompt, ask: Ask) -> tuple[str, dict[str, object]]:
        options: dict[str, object] = {"num_predict": ask.max_tokens, "temperature": ask.temperature}
        if ask.temperature > 0.0:
            options |= {"top_p": ask.top_p, "top_k": 0, "min_p": 0.0}
            if ask.seed is not None:
                options["seed"] = ask.seed
        body: dict[str, object] = {"model": model, "stream": ask.stream, "options": options}
        if ask.top_k:
            body |= {"logprobs": True, "top_logprobs": ask.top_k}
        if self.raw:
            return "/api/generate", {**body, "raw": True, "prompt": prompt.text + ask.written}
        messages = [dict(one) for one in prompt.messages]
        if ask.written:
            messages.append({"role": "assistant", "content": ask.written})
        return "/api/chat", {**body, "messages": messages}

    def heard(self, event: Mapping[str, object]) -> Heard:
        message = event.get("message")
        text = message.get("content") if isinstance(message, dict) else event.get("response")
        finish = ""
        if event.get("done") is True:
            finish = str(event.get("done_reason") or "stop")
        counts = (event.get("prompt_eval_count"), event.get("eval_count"))
        usage = (counts[0], counts[1]) if type(counts[0]) is int and type(counts[1]) is int else None
        return Heard(read_entries(event.get("logprobs")), text if isinstance(text, str) else "", finish, usage)
