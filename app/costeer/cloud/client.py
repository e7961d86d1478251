"""One endpoint, whatever it speaks, as the answering services see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from costeer.cloud.abilities import Abilities
from costeer.cloud.dialects.protocol import Message, PreparedPrompt
from costeer.cloud.figures import CloudFigures
from costeer.cloud.stream import ReaderStream
from costeer.foundation.cancel import CancelToken
from costeer.privacy.ledger import Purpose
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.types import Draws
from costeer.steering.vocabulary import Vocabulary


class OpenPrompt(Protocol):
    """A `steering.types.Cloud` that also counts, and that can be asked for its own draws."""

    @property
    def figures(self) -> CloudFigures: ...

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> ReaderStream: ...

    def plain_stream(
        self, answer: Sequence[int], max_tokens: int, *, temperature: float, top_p: float, seed: int
    ) -> ReaderStream: ...


class CloudClient(Protocol):
    """Keeps nothing of a conversation; all methods may be called on any thread, and raise EndpointUnreachable,
    EndpointRefused or EndpointError, each with one sentence for the user."""

    @property
    def endpoint_name(self) -> str: ...

    @property
    def abilities(self) -> Abilities: ...

    def made_for(self, purpose: Purpose) -> CloudClient:
        """The same, all of whose requests are made for `purpose` and are in the ledger so."""

    def prepare(
        self, messages: Sequence[Message], message_id: str | None = None, cancel: CancelToken | None = None
    ) -> PreparedPrompt:
        """The conversation, ready for the endpoint. Raises Cancelled while it waits to ask again."""

    def tokenize_with_bytes(self, text: str, message_id: str | None = None) -> list[tuple[int, bytes]]:
        """How the endpoint cuts `text`; empty where it does not tell."""

    def open_prompt(
        self,
        prompt: PreparedPrompt,
        top_k: int,
        message_id: str | None,
        cancel: CancelToken,
        *,
        spell: Callable[[Sequence[int]], str] | None = None,
        vocabulary: Vocabulary | None = None,
        pieces: PieceVocabulary | None = None,
    ) -> OpenPrompt:
        """Nothing is sent yet.

        `spell` turns answer ids into text for the guards, which cannot read ids; it is never sent. `vocabulary` is
        the local model's, where its ids are the endpoint's; `pieces` is for any other answer.
        """


@dataclass(frozen=True, slots=True, eq=False)
class OwnDraws:
    """The cloud drawing by itself, for an answer that is not steered; a `steering.types.Cloud`."""

    prompt: OpenPrompt
    temperature: float
    top_p: float
    seed: int

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> ReaderStream:  # noqa: ARG002
        return self.prompt.plain_stream(
            answer, max_tokens, temperature=self.temperature, top_p=self.top_p, seed=self.seed
        )
