"""A client of every endpoint that is not a llama-server: what a prompt is made of depends on what it tells."""

from __future__ import annotations

import copy
import dataclasses
import secrets
from collections.abc import Callable, Sequence

from costeer.cloud import untrusted
from costeer.cloud.abilities import Abilities
from costeer.cloud.dialects.completions import CompletionsDialect
from costeer.cloud.dialects.protocol import Dialect, Message, PreparedPrompt
from costeer.cloud.errors import malformed
from costeer.cloud.http import EndpointHttp
from costeer.cloud.names import NamesById, NamesByText
from costeer.cloud.text_prompt import TextPrompt
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Exchange
from costeer.privacy.ledger import Purpose
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.vocabulary import Vocabulary

_BYTES_PER_TOKEN = 3
"""An estimate on the safe side, for endpoints that do not count."""

_MESSAGE_TOKENS = 8
_MOST_IDS = 4_000_000

Render = Callable[[str, Sequence[Message], CancelToken | None], str]
"""Templates a conversation on this computer, for endpoints that take raw prompts and template none
themselves."""


class TextClient:
    """Implements `cloud.client.CloudClient`."""

    def __init__(
        self,
        http: EndpointHttp,
        abilities: Abilities,
        render: Render | None = None,
        *,
        purpose: Purpose | None = None,
    ) -> None:
        """`render` is for endpoints that take raw prompts and only tell their template. `purpose` is what all
        requests are made for, if it is not an answer."""
        self._http = http
        self._abilities = abilities
        self._render = render
        self._purpose = purpose
        self._salt = secrets.token_hex(16)

    @property
    def endpoint_name(self) -> str:
        return self._http.name

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    def made_for(self, purpose: Purpose) -> TextClient:
        """See `CloudClient.made_for`."""
        made = copy.copy(self)
        made._purpose = purpose
        return made

    def prepare(
        self, messages: Sequence[Message], message_id: str | None = None, cancel: CancelToken | None = None
    ) -> PreparedPrompt:
        """See `CloudClient.prepare`."""
        kept = tuple(dict(one) for one in messages)
        if self._abilities.kind == "vllm":
            return self._templated(kept, message_id, cancel)
        template = self._abilities.chat_template
        text = self._render(template, kept, cancel) if template and self._render is not None else ""
        said = len(text.encode()) if text else sum(len(one["content"].encode()) for one in kept)
        return PreparedPrompt(kept, said // _BYTES_PER_TOKEN + _MESSAGE_TOKENS * len(kept), text)

    def tokenize_with_bytes(self, text: str, message_id: str | None = None) -> list[tuple[int, bytes]]:  # noqa: ARG002
        """Nothing: these endpoints do not tell what each token spells."""
        return []

    def open_prompt(
        self,
        prompt: PreparedPrompt,
        top_k: int,
        message_id: str | None,
        cancel: CancelToken,
        *,
        spell: Callable[[Sequence[int]], str] | None = None,  # noqa: ARG002 - bodies hold text
        vocabulary: Vocabulary | None = None,
        pieces: PieceVocabulary | None = None,
    ) -> TextPrompt:
        """See `CloudClient.open_prompt`."""
        names = NamesByText(pieces) if pieces is not None else NamesById(vocabulary) if vocabulary else None
        if names is None:
            raise BugError("An answer needs names for its tokens; please report this.")
        by_ids = isinstance(names, NamesById)
        return TextPrompt(
            self._http,
            self._abilities.model,
            self._dialect(by_ids=by_ids),
            prompt,
            min(top_k, self._abilities.top_k),
            names,
            message_id,
            cancel,
            purpose=self._purpose or "answer",
        )

    def _dialect(self, *, by_ids: bool) -> Dialect:
        """vLLM shares what it has read of a prompt between all who use it, and how fast it answers tells who has
        asked the same before. With a salt of its own each application shares with itself alone."""
        dialect = self._abilities.dialect(by_ids=by_ids)
        if self._abilities.kind != "vllm" or not isinstance(dialect, CompletionsDialect):
            return dialect
        return dataclasses.replace(dialect, extra={**dialect.extra, "cache_salt": self._salt})

    def _templated(
        self, messages: tuple[Message, ...], message_id: str | None, cancel: CancelToken | None
    ) -> PreparedPrompt:
        """vLLM templates and tokenises in one request, and tells the text in another."""
        body = {"messages": list(messages), "add_generation_prompt": True, "model": self._abilities.model}
        answer = self._http.ask("POST", "/tokenize", body, self._exchange("template", message_id), cancel)
        try:
            tokens = tuple(map(untrusted.token_id, untrusted.items(answer.get("tokens"), _MOST_IDS)))
        except untrusted.Unreadable as error:
            raise malformed(
                self._http.name, Translatable("does not give token ids ({why})", why=error.said)
            ) from error
        spelled = self._http.ask(
            "POST",
            "/detokenize",
            {"tokens": list(tokens), "model": self._abilities.model},
            self._exchange("tokenize", message_id),
            cancel,
        )
        text = spelled.get("prompt")
        if not isinstance(text, str):
            raise malformed(self._http.name, Translatable("does not give the text of a prompt"))
        return PreparedPrompt(messages, len(tokens), text, tokens)

    def _exchange(self, purpose: Purpose, message_id: str | None) -> Exchange:
        return Exchange(self._purpose or purpose, self._http.name, message_id)
