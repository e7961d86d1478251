"""The probe: what an endpoint really does, found out with a few tokens of public text. Nothing here trusts a
name.

The order is from what tells most to what tells least: a llama-server, a vLLM and an Ollama have APIs of their
own; everything else is asked for a chat. A refusal of one request is an answer to the probe; a wrong key, a dead
host and a web page end it with the sentence that the user needs.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from costeer.cloud.abilities import Abilities, Greedy
from costeer.cloud.dialects.chat import Continuation
from costeer.cloud.dialects.protocol import Message
from costeer.cloud.errors import malformed
from costeer.cloud.http import EndpointHttp
from costeer.cloud.llama_server import abilities_of_llama_server, read_props
from costeer.cloud.models_told import models_told
from costeer.cloud.text_client import Render, TextClient
from costeer.cloud.untrusted import is_utf8
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, EndpointError, EndpointRefused, EndpointUnreachable, ModelError
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Exchange, Line
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.types import CloudPosition

LONGEST_SECONDS = 15.0
K, FEW = 20, 5
KEY_STATUS = (401, 403)
"""What an endpoint answers to a key that it does not accept."""
_ENDS = (*KEY_STATUS, 429, 503)
"""What says nothing about the one request that was refused, but that nothing can be found out now."""

UNCERTAIN: tuple[Message, ...] = ({"role": "user", "content": "Name an animal. Answer with its name alone."},)
CERTAIN: tuple[Message, ...] = ({"role": "user", "content": "What is the capital of France? Use one sentence."},)
BEGUN, GOES_ON = "The capital of France is Par", "is"
ENDING: tuple[Message, ...] = ({"role": "user", "content": "Answer with the single word OK."},)

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] | capitalize }}: {{ message['content'] }}\n\n{% endfor %}"
    "Assistant:"
)
"""For models that come without one."""

_SPECULATIVE = 3
"""Positions in a row that are told as absolutely certain: what speculative decoding reports."""


@dataclass(frozen=True, slots=True)
class Probed:
    """`models` are those that the endpoint lists, in its order."""

    abilities: Abilities
    models: tuple[str, ...]
    seconds: float


def probe(
    http: EndpointHttp,
    model: str,
    render: Render,
    cancel: CancelToken,
    clock: Callable[[], float] = time.monotonic,
) -> Probed:
    """Ask until all is known, `LONGEST_SECONDS` are over, or the endpoint cannot be used.

    `model` may be empty: the first that the endpoint lists. Raises EndpointError, EndpointUnreachable,
    EndpointRefused, Cancelled.
    """
    in_time = CancelToken()
    run = _Probe(http, model, render, in_time, clock)
    alarm = threading.Timer(LONGEST_SECONDS, in_time.cancel)
    alarm.daemon = True
    alarm.start()
    try:
        with cancel.calling(in_time.cancel):
            abilities = run.native() or run.chat()
    except (EndpointError, Cancelled) as error:
        cancel.raise_if_cancelled()  # then it broke because it was hung up on
        if in_time.cancelled:
            raise run.too_late() from error
        raise
    finally:
        alarm.cancel()
    return Probed(abilities, run.models, clock() - run.started)


class _Probe:
    """One probe; one thread."""

    def __init__(
        self, http: EndpointHttp, model: str, render: Render, cancel: CancelToken, clock: Callable[[], float]
    ) -> None:
        self.started = clock()
        self.models: tuple[str, ...] = ()
        self._http = http
        self._model = model
        self._render = render
        self._cancel = cancel
        self._clock = clock
        self._remarks: list[Translatable] = []

    def native(self) -> Abilities | None:
        """What a llama-server, a vLLM or an Ollama tells about itself."""
        props = self._asked("GET", "/props")
        if props is not None and isinstance(props.get("default_generation_settings"), dict):
            return self._llama_server(props)
        self._list_models()
        if self._asked("GET", "/version") is not None and (window := self._vllm_window()):
            return self._vllm(window)
        if (self._asked("GET", "/api/version") or {}).get("version"):
            return self._ollama()
        return None

    def chat(self) -> Abilities:
        """An endpoint that is known by nothing but its chat."""
        found = self._logprobs()
        if found is None:
            return self._raw() or self._text_only()
        found = self._continued(found)
        return self._checked(found)

    def _llama_server(self, props: Mapping[str, object]) -> Abilities:
        told = read_props(props, self._http.name, self._model)
        self.models = (told.model,)
        return abilities_of_llama_server(self._model, told.n_ctx)

    def _list_models(self) -> None:
        listed = self._asked("GET", "/v1/models") or {}
        self.models = models_told(listed)
        if not self._model and self.models:
            self._model = self.models[0]
        if self.models and self._model not in self.models:
            self._remarks.append(
                Translatable(
                    "{endpoint} does not list the model {model}.", endpoint=self._http.name, model=self._model
                )
            )

    def _vllm_window(self) -> int:
        """The tokens that a conversation may have; 0 when this is no vLLM."""
        body = {"model": self._model, "messages": list(UNCERTAIN), "add_generation_prompt": True}
        answer = self._asked("POST", "/tokenize", body) or {}
        window = answer.get("max_model_len")
        return window if isinstance(answer.get("tokens"), list) and type(window) is int and window > 0 else 0

    def _vllm(self, window: int) -> Abilities:
        for k in (K, FEW):
            found = Abilities(
                "vllm", self._model, k, streams_logprobs=True, token_ids=True, raw=True, window=window
            )
            if self._positions(found, UNCERTAIN, "", 2):
                return self._checked(found)
        return self._text_only()

    def _ollama(self) -> Abilities:
        """Its chat templates the prompt, and may not continue an answer; a raw prompt is, where the template is
        told."""
        shown = self._asked("POST", "/api/show", {"model": self._model}) or {}
        info = shown.get("model_info")
        template = str(info.get("tokenizer.chat_template", "")) if isinstance(info, dict) else ""
        if not is_utf8(template):
            template = ""
        for found in (
            Abilities("ollama", self._model, K, raw=bool(template), chat_template=template),
            Abilities("ollama", self._model, K, "trailing"),
        ):
            if (found.raw or found.continuation) and self._positions(found, UNCERTAIN, "", 2):
                found = dataclasses.replace(found, streams_logprobs=True)
                return self._checked(found if found.raw else self._whether_continued(found))
        return dataclasses.replace(self._text_only(), kind="ollama")

    def _logprobs(self) -> Abilities | None:
        """The first way of asking that gives alternatives; None when none does."""
        for integer in (False, True):
            for k in (K, FEW):
                found = Abilities("chat", self._model, k, integer=integer)
                told = self._positions(found, UNCERTAIN, "", 3)
                if told is None:
                    continue  # refused
                if not told:
                    break  # taken, and dropped silently
                for greedy in ("zero", "nucleus", "drawn"):
                    greedily = dataclasses.replace(found, greedy=greedy)
                    told = self._positions(greedily, UNCERTAIN, "", 3) if greedy != "zero" else told
                    if told and max(len(one.top_ids) for one in told) > 1:
                        return self._as_told(greedily, told, greedy)
        return None

    def _as_told(self, found: Abilities, told: Sequence[CloudPosition], greedy: Greedy) -> Abilities:
        if greedy == "drawn":
            self._remarks.append(
                Translatable(
                    "{endpoint} tells alternatives only of tokens that it draws.", endpoint=self._http.name
                )
            )
        most = max(len(one.top_ids) for one in told)
        # Fewer than asked for: cut down silently, or some are parts of characters without their bytes.
        return dataclasses.replace(found, top_k=most if most <= FEW else found.top_k, streams_logprobs=True)

    def _continued(self, found: Abilities) -> Abilities:
        """`found` with the way in which this endpoint continues an answer, if it has one."""
        ways: tuple[tuple[Continuation, str, dict[str, object]], ...] = (
            ("trailing", found.path, {}),
            ("final", found.path, {}),
            ("prefix", found.path, {}),
            ("prefix", "/beta/chat/completions", {"thinking": {"type": "disabled"}}),
        )
        for continuation, path, extra in ways:
            tried = dataclasses.replace(found, continuation=continuation, path=path, extra=extra)
            if self._whether_continued(tried).continuation:
                return tried
        return found

    def _whether_continued(self, tried: Abilities) -> Abilities:
        told = self._positions(tried, CERTAIN, BEGUN, 2) or []
        text = b"".join(one.token_bytes for one in told).decode("utf-8", "replace")
        return tried if text.startswith(GOES_ON) else dataclasses.replace(tried, continuation="")

    def _checked(self, found: Abilities) -> Abilities:
        """`found`, unless its log-probabilities are not those of the model; and whether it tells of the end."""
        told = self._positions(found, UNCERTAIN, "", 8) or []
        if len(told) >= _SPECULATIVE and all(one.top_logprobs.max() > -1e-6 for one in told[:-1]):
            self._remarks.append(
                Translatable(
                    "{endpoint} reports every token as certain, as with speculative decoding: not steered.",
                    endpoint=self._http.name,
                )
            )
            return dataclasses.replace(found, top_k=0, remarks=tuple(self._remarks))
        ending = self._positions(found, ENDING, "OK", 1) if found.continues else told[-1:]
        tells_end = any(not spelled for one in ending or () for spelled in one.top_bytes)
        return dataclasses.replace(found, tells_end=tells_end, remarks=tuple(self._remarks))

    def _raw(self) -> Abilities | None:
        """An endpoint that only completes texts: a model without a template, say. It gets a plain one."""
        for k in (K, FEW):
            found = Abilities("completions", self._model, k, raw=True, chat_template=PLAIN_TEMPLATE)
            if self._positions(found, UNCERTAIN, "", 3):
                self._remarks.append(
                    Translatable(
                        "{endpoint} has no chat: it is shown the conversation as a plain text.",
                        endpoint=self._http.name,
                    )
                )
                return self._checked(dataclasses.replace(found, streams_logprobs=True))
        return None

    def _text_only(self) -> Abilities:
        found = Abilities("chat", self._model)
        if not self._positions(found, UNCERTAIN, "", 4, refusable=False):
            raise malformed(self._http.name, Translatable("answers without a text"))
        self._remarks.append(
            Translatable(
                "{endpoint} gives no log-probabilities: its answers are rewritten here.", endpoint=self._http.name
            )
        )
        return dataclasses.replace(found, remarks=tuple(self._remarks))

    def _positions(
        self, tried: Abilities, messages: tuple[Message, ...], written: str, most: int, *, refusable: bool = True
    ) -> list[CloudPosition] | None:
        """The positions of one streamed request; None when it was refused, empty when it told none."""
        self._in_time()
        pieces = PieceVocabulary(LocalStrings((), ()), (), written.encode())
        client = TextClient(self._http, tried, self._render, purpose="probe")
        told: list[CloudPosition] = []
        try:
            prompt = client.open_prompt(
                client.prepare(messages, cancel=self._cancel), tried.top_k, None, self._cancel, pieces=pieces
            )
            with prompt.stream(pieces.continued(1 if written else 0), most) as stream:
                while some := stream.take(most):
                    told += some
        except EndpointUnreachable:
            raise
        except EndpointRefused as refused:
            if refused.status in _ENDS or not refusable:
                raise
            return None
        except EndpointError:
            if not refusable:
                raise
        except ModelError:
            return None  # its template cannot be used here
        return told

    def _asked(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Mapping[str, object] | None:
        """An answer, or None where the endpoint has no such thing."""
        self._in_time()
        line = Line()
        exchange = Exchange("probe", self._http.name, line=line)
        try:
            with self._cancel.calling(line.hang_up):
                return self._http.ask(method, path, body, exchange, self._cancel)
        except EndpointUnreachable:
            raise
        except EndpointRefused as refused:
            if refused.status in _ENDS:
                raise
            return None
        except EndpointError:
            return None

    def _in_time(self) -> None:
        self._cancel.raise_if_cancelled()
        if self._clock() - self.started > LONGEST_SECONDS:
            raise self.too_late()

    def too_late(self) -> EndpointUnreachable:
        return EndpointUnreachable(
            "{endpoint} did not answer the test in {seconds:.0f} seconds; try again later.",
            endpoint=self._http.name,
            seconds=LONGEST_SECONDS,
        )
