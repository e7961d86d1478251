"""vLLM: completions by token ids, each alternative told by its id.

`add_special_tokens` is off because the prompt is a chat that has been templated already: it begins as it should.
"""

from __future__ import annotations

from costeer.cloud.dialects.completions import CompletionsDialect

_AS_TEMPLATED: dict[str, object] = {"add_special_tokens": False}

VLLM_BY_IDS = CompletionsDialect(ids=True, extra={**_AS_TEMPLATED, "return_tokens_as_token_ids": True})
"""For a local model with the same tokenizer, which knows what the ids spell."""

VLLM_BY_TEXT = CompletionsDialect(ids=True, extra=_AS_TEMPLATED)
"""For any other: alternatives by their text."""
