"""llama.cpp's llama-server: templating, tokenising and token-by-token answers with their alternatives.

Everything that follows the tokenising is token ids, in both directions: an answer is continued by sending the
very ids of prompt and answer, so nothing is tokenised twice and nothing drifts.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from costeer.cloud import untrusted
from costeer.cloud.abilities import Abilities
from costeer.cloud.dialects.protocol import Message, PreparedPrompt
from costeer.cloud.errors import malformed
from costeer.cloud.http import EndpointHttp
from costeer.cloud.prompt import LlamaServerPrompt
from costeer.cloud.retries import PATIENT, Patience
from costeer.cloud.slots import Slots
from costeer.foundation.cancel import CancelToken
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Exchange
from costeer.privacy.ledger import Purpose
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.vocabulary import Vocabulary

MOST_ASKED = 20
"""Alternatives asked for at each position; a llama-server would tell any number."""

_LARGEST_CONTEXT = 2**24
_LONGEST_PROMPT = 4_000_000  # bytes
_MOST_IDS = 4_000_000


@dataclass(frozen=True, slots=True)
class ServerProps:
    """What a llama-server tells about itself. `n_ctx` is the tokens that one conversation may have."""

    n_ctx: int
    chat_template: str
    model: str
    slots: int


class LlamaServerClient:
    """One model on one llama-server. Keeps nothing of a conversation but which slot has read it; all methods may
    be called on any thread.

    All raise EndpointUnreachable, EndpointRefused or EndpointError, each with one sentence for the user.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        model: str,
        client: httpx.Client,
        endpoint_name: str,
        *,
        own_slots: int = 0,
        patience: Patience = PATIENT,
    ) -> None:
        """`client` comes from `privacy.transport.open_client`; `model` may be empty (the only model served).

        `own_slots` says how many slots the server has if nobody else uses it (see `cloud.slots`), else 0.
        """
        self._http = EndpointHttp(endpoint_name, base_url, key, client, patience)
        self._model = model
        self._abilities = abilities_of_llama_server(model)
        self._slots = Slots(own_slots)
        self._purpose: Purpose | None = None

    @property
    def endpoint_name(self) -> str:
        return self._http.name

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    def made_for(self, purpose: Purpose) -> LlamaServerClient:
        """See `CloudClient.made_for`."""
        made = copy.copy(self)
        made._purpose = purpose
        return made

    def props(self, cancel: CancelToken | None = None) -> ServerProps:
        """Raises EndpointError when the server is not a llama-server."""
        answer = self._http.ask("GET", "/props", None, self._exchange("probe", None), cancel)
        return read_props(answer, self._http.name, self._model)

    def prepare(
        self, messages: Sequence[Message], message_id: str | None = None, cancel: CancelToken | None = None
    ) -> PreparedPrompt:
        """See `CloudClient.prepare`: templated and tokenised by the server."""
        text = self.apply_template(messages, message_id, cancel)
        tokens = tuple(self.tokenize(text, message_id, cancel))
        return PreparedPrompt(tuple(messages), len(tokens), text, tokens)

    def apply_template(
        self, messages: Sequence[Message], message_id: str | None = None, cancel: CancelToken | None = None
    ) -> str:
        """The prompt text for `messages`, ending where the answer begins. It can be encoded as UTF-8."""
        body = {"messages": [dict(one) for one in messages]}
        answer = self._http.ask("POST", "/apply-template", body, self._exchange("template", message_id), cancel)
        prompt = answer.get("prompt")
        if not isinstance(prompt, str):
            raise malformed(self._http.name, Translatable("does not give the prompt that its template makes"))
        try:
            size = len(untrusted.utf8(prompt))
        except untrusted.Unreadable as error:
            raise malformed(
                self._http.name, Translatable("gives a prompt that is no text ({why})", why=error.said)
            ) from error
        if size > _LONGEST_PROMPT:
            raise malformed(
                self._http.name,
                Translatable("gives a prompt of more than {size} MB", size=_LONGEST_PROMPT // 1_000_000),
            )
        return prompt

    def tokenize(self, text: str, message_id: str | None = None, cancel: CancelToken | None = None) -> list[int]:
        """`text` as token ids, just as /v1/completions would tokenise it: markers of the template become special
        tokens, and a begin-of-text token is added where the model wants one."""
        return [token for token, _ in self._tokenize(text, message_id, cancel, pieces=False)]

    def tokenize_with_bytes(self, text: str, message_id: str | None = None) -> list[tuple[int, bytes]]:
        """As `tokenize`, each id with the bytes it stands for; for checking that two vocabularies are one."""
        return self._tokenize(text, message_id, None, pieces=True)

    def open_prompt(
        self,
        prompt: PreparedPrompt,
        top_k: int,
        message_id: str | None,
        cancel: CancelToken,
        *,
        spell: Callable[[Sequence[int]], str] | None = None,
        vocabulary: Vocabulary | None = None,  # noqa: ARG002 - ids are told, and what they spell
        pieces: PieceVocabulary | None = None,
    ) -> LlamaServerPrompt:
        """See `CloudClient.open_prompt`."""
        return LlamaServerPrompt(
            self._http,
            self._model,
            prompt.tokens,
            top_k,
            message_id,
            cancel,
            spell,
            self._slots,
            pieces,
            purpose=self._purpose or "answer",
        )

    def _tokenize(
        self, text: str, message_id: str | None, cancel: CancelToken | None, *, pieces: bool
    ) -> list[tuple[int, bytes]]:
        body = {"content": text, "add_special": True, "parse_special": True, "with_pieces": pieces}
        answer = self._http.ask("POST", "/tokenize", body, self._exchange("tokenize", message_id), cancel)
        try:
            tokens = [_token(one, pieces=pieces) for one in untrusted.items(answer.get("tokens"), _MOST_IDS)]
        except untrusted.Unreadable as error:
            raise malformed(
                self._http.name, Translatable("does not give token ids ({why})", why=error.said)
            ) from error
        if text and not tokens:
            raise malformed(self._http.name, Translatable("gives no token ids for a text"))
        return tokens

    def _exchange(self, purpose: Purpose, message_id: str | None) -> Exchange:
        return Exchange(self._purpose or purpose, self._http.name, message_id)


def abilities_of_llama_server(model: str, window: int = 0) -> Abilities:
    """What every llama-server allows; `window` 0 where it has not been asked."""
    return Abilities(
        "llama-server",
        model,
        MOST_ASKED,
        streams_logprobs=True,
        token_ids=True,
        tells_end=True,
        raw=True,
        window=window,
    )


def read_props(answer: Mapping[str, object], endpoint: str, model: str) -> ServerProps:
    """What /props told; `model` is the name where it tells none. Raises EndpointError."""
    settings = answer.get("default_generation_settings")
    n_ctx = settings.get("n_ctx") if isinstance(settings, dict) else None
    slots = answer.get("total_slots", 1)
    if type(n_ctx) is not int or not 0 < n_ctx <= _LARGEST_CONTEXT:
        raise malformed(endpoint, Translatable("does not tell a usable size of its context"))
    if type(slots) is not int or slots < 0:
        raise malformed(endpoint, Translatable("does not tell how many conversations it takes"))
    path = str(answer.get("model_alias") or answer.get("model_path") or model)
    return ServerProps(n_ctx, str(answer.get("chat_template", "")), path.replace("\\", "/").split("/")[-1], slots)


def _token(entry: object, *, pieces: bool) -> tuple[int, bytes]:
    """One value of /tokenize's list. Raises Unreadable."""
    if not pieces:
        return untrusted.token_id(entry), b""
    token, piece = untrusted.fields(entry, "id", "piece")
    return untrusted.token_id(token), untrusted.piece(piece)
