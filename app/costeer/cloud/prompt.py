"""An answer of a llama-server, position by position, whatever the server withholds.

**What is sent.** Prompt ids and final answer ids, and public settings: nothing else, so that a request never
depends on what the private side would have liked. Where the local model has another vocabulary, final tokens that
the cloud does not know by id are sent as text.

**Hidden positions.** llama-server withholds a token that ends inside a UTF-8 character, and reports the next one
with the bytes of both (`reported.hidden_bytes`). Then the stream is cut, the first hidden position is asked for by
itself, and the stream is reopened behind it, inside the character, where the server withholds nothing. A grammar
makes the single request answer: it only lets the server *write* ASCII, which it does not withhold, while the
log-probabilities that it reports are those of the model, untouched (verified against llama.cpp b11549).
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from costeer.cloud.errors import broken, error_in_stream, is_web_page, malformed, web_page
from costeer.cloud.figures import CloudFigures, FigureCounter
from costeer.cloud.http import EndpointHttp
from costeer.cloud.reported import MOST_ALTERNATIVES, ReportedPosition, hidden_bytes, no_logprobs, parse_entry
from costeer.cloud.sampling import LONGEST_CHARACTER, Sampling
from costeer.cloud.slots import Slots
from costeer.cloud.sse import MOST_SILENT, events
from costeer.cloud.stream import Deliver, ReaderStream
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, Cancelled, EndpointError
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Exchange, Line
from costeer.privacy.ledger import Purpose
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.types import CloudPosition, Draws

COMPLETIONS = "/v1/completions"
ASCII_ONLY = "root ::= [ -~\\n\\t]*"


@dataclass(slots=True)
class _Segment:
    """How one streamed request went. `merged` is what the server wrote without reporting it, when it did, and
    `tail` the end of what it wrote before."""

    reported: int = 0
    merged: bytes = b""
    tail: bytes = b""
    finish_reason: str = ""
    completion_tokens: int | None = None

    def withheld_at_end(self, asked: int) -> int:
        """How many positions the server produced and kept for itself because a character was incomplete."""
        produced = self.completion_tokens
        if produced is None:
            produced = asked if self.finish_reason == "length" else self.reported
        return max(0, min(produced, asked) - self.reported)


@dataclass(slots=True)
class _Writing:
    """One answer being read: the ids it now consists of, and where positions go. Reader thread only."""

    answer: list[int]
    last: int
    sampling: Sampling
    line: Line
    deliver: Deliver
    slot: int | None = None

    @property
    def left(self) -> int:
        return self.last - len(self.answer)


class LlamaServerPrompt:
    """Implements `steering.types.Cloud`. Several streams may be open at once; all methods on any thread."""

    def __init__(
        self,
        http: EndpointHttp,
        model: str,
        prompt_ids: Sequence[int],
        top_k: int,
        message_id: str | None,
        cancel: CancelToken,
        spell: Callable[[Sequence[int]], str] | None,
        slots: Slots,
        pieces: PieceVocabulary | None = None,
        *,
        purpose: Purpose = "answer",
    ) -> None:
        if not prompt_ids or top_k < 1:
            raise BugError("A prompt needs tokens and at least one alternative; please report this.")
        self._http = http
        self._prompt_ids = list(prompt_ids)
        self._top_k = top_k
        self._most_alternatives = max(MOST_ALTERNATIVES, top_k)
        self._fixed: dict[str, object] = {"logprobs": top_k, "cache_prompt": True}
        if model:
            self._fixed["model"] = model
        self._message_id = message_id
        self._cancel = cancel
        self._spell = spell
        self._slots = slots
        self._pieces = pieces
        self._purpose = purpose
        self._counter = FigureCounter()

    @property
    def figures(self) -> CloudFigures:
        return self._counter.figures

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> ReaderStream:
        """The cloud's greedy continuation, in which each position's `token` is its top one; or with `draws` its
        own draws from the `top_k` alternatives that it reports. See `steering.types.Cloud`."""
        if draws is None:
            return self._open(answer, max_tokens, Sampling())
        if not draws.temperature > 0.0:
            raise BugError(
                "The cloud cannot draw at temperature {temperature}; please report this.",
                temperature=draws.temperature,
            )
        return self._open(answer, max_tokens, Sampling(draws.temperature, seed=draws.seed, top_k=self._top_k))

    def plain_stream(
        self, answer: Sequence[int], max_tokens: int, *, temperature: float, top_p: float, seed: int
    ) -> ReaderStream:
        """The cloud's own draws, for an answer that is not steered. `token` need not be among the alternatives.

        An answer that ends inside a character ends before it.
        """
        return self._open(answer, max_tokens, Sampling(temperature, top_p, seed))

    def _open(self, answer: Sequence[int], max_tokens: int, sampling: Sampling) -> ReaderStream:
        if max_tokens < 1:
            raise BugError(
                "The cloud cannot be asked for {max_tokens} tokens; please report this.", max_tokens=max_tokens
            )
        ids = list(answer)

        def read(line: Line, deliver: Deliver) -> None:
            with self._slots.taken(self._prompt_ids, ids) as slot:
                self._read(_Writing(ids, len(ids) + max_tokens, sampling, line, deliver, slot))

        return ReaderStream(read, self._cancel)

    def _read(self, writing: _Writing) -> None:
        while writing.left > 0:  # bounded: each pass adds a position or returns
            asked = writing.left
            segment = self._read_segment(writing)
            withheld = 0 if segment.merged else segment.withheld_at_end(asked)
            if segment.merged or (withheld and writing.sampling.top_k):
                self._read_single(writing, segment)
                continue
            if writing.sampling.greedy:
                for _ in range(withheld):
                    self._read_single(writing, segment)
            break
        writing.deliver(None)

    def _read_segment(self, writing: _Writing) -> _Segment:
        """Stream until the end, or until an entry hides positions or is more than was asked for; that entry is not
        delivered."""
        segment = _Segment()
        asked = writing.left
        body = {"max_tokens": asked, "stream": True, **writing.sampling.fields(len(writing.answer))}
        with self._answering(writing, body) as response:
            self._expect_stream(response)
            feed = events(response, self._http.name)
            silent = 0
            for event in feed:
                if event is None:
                    break
                told = self._entries(event, segment)
                silent = 0 if told else silent + 1
                if silent > MOST_SILENT:
                    raise malformed(self._http.name, Translatable("sends events that tell nothing, without end"))
                for reported in told:
                    if writing.left <= 0:
                        return segment  # leaving closes the connection: a server need not keep to `max_tokens`
                    segment.merged = self._hidden(reported)
                    if segment.merged:
                        return segment
                    self._deliver(writing, self._drawn(reported, writing).position())
                    segment.reported += 1
                    segment.tail = (segment.tail + reported.written)[-LONGEST_CHARACTER:]
            if not segment.finish_reason:
                raise broken(self._http.name, Translatable("the connection was closed"))
            if segment.withheld_at_end(asked) == 0:
                # The taker need not wait for the last bytes, which are read so that the ledger shows all of it.
                writing.deliver(None)
            with contextlib.suppress(httpx.HTTPError, EndpointError):  # the answer is complete without them
                for _ in feed:
                    pass
        return segment

    def _read_single(self, writing: _Writing, segment: _Segment) -> None:
        """Ask for one position that the server withheld after `segment`, and deliver it."""
        body = {"max_tokens": 1, "stream": False, "temperature": 0.0, "grammar": ASCII_ONLY}
        with self._answering(writing, body) as response:
            answer = self._http.json_object(response, COMPLETIONS)
        entries = self._entries(answer, _Segment())
        if len(entries) != 1:
            raise no_logprobs(self._http.name)
        token = self._withheld_token(entries[0], writing, segment)
        self._deliver(writing, dataclasses.replace(entries[0], token=token).position())

    def _withheld_token(self, reported: ReportedPosition, writing: _Writing, segment: _Segment) -> int:
        """What the server wrote at a position that it withheld, as far as that can be known.

        If it drew from the reported alternatives: another draw, with the law of the first. If what the hidden
        positions spell together is known: the likeliest token that begins it. Else the top one, which is the
        greedy choice.
        """
        if writing.sampling.top_k:
            drawn = writing.sampling.draw_withheld(reported, segment.tail, len(writing.answer))
            if drawn is None:
                raise malformed(
                    self._http.name, Translatable("withholds a token that it had no reason to withhold")
                )
            return drawn
        for candidate, spelled in zip(reported.top_ids, reported.top_bytes, strict=True):
            if segment.merged and spelled and segment.merged.startswith(spelled):
                return int(candidate)
        return int(reported.top_ids[0])

    def _drawn(self, reported: ReportedPosition, writing: _Writing) -> ReportedPosition:
        """`reported`, if the cloud drew as it was asked to."""
        if writing.sampling.top_k and reported.piece() is None:
            raise malformed(
                self._http.name, Translatable("draws tokens that it does not report, so their chance is not known")
            )
        return reported

    @contextmanager
    def _answering(self, writing: _Writing, body: dict[str, object]) -> Iterator[httpx.Response]:
        if writing.line.hung_up:
            raise Cancelled
        spelled = self._spell(writing.answer) if self._spell is not None else ""
        exchange = Exchange(self._purpose, self._http.name, self._message_id, spelled, writing.line)
        answer = self._pieces.as_sent(writing.answer) if self._pieces is not None else writing.answer
        prompt: dict[str, object] = {"prompt": [*self._prompt_ids, *answer]}
        if writing.slot is not None:
            prompt["id_slot"] = writing.slot
        self._counter.count(round_trips=1, tokens_sent=len(writing.answer))
        with self._http.answering("POST", COMPLETIONS, {**prompt, **self._fixed, **body}, exchange) as response:
            yield response

    def _expect_stream(self, response: httpx.Response) -> None:
        kind = response.headers.get("content-type", "")
        if kind.startswith("text/event-stream"):
            return
        if is_web_page(kind, ""):
            raise web_page(self._http.name)
        raise malformed(
            self._http.name,
            Translatable(
                "does not stream its answer (it sent {kind})", kind=kind or Translatable("no content type")
            ),
        )

    def _entries(self, event: Mapping[str, object], segment: _Segment) -> list[ReportedPosition]:
        """The positions in one event (or in a whole answer); what it says about the end goes into `segment`."""
        if "error" in event:
            raise error_in_stream(self._http.name, event["error"])
        usage = event.get("usage")
        produced = usage.get("completion_tokens") if isinstance(usage, dict) else None
        if type(produced) is int:
            segment.completion_tokens = produced
        choices = event.get("choices")
        if not isinstance(choices, list):
            raise malformed(self._http.name, Translatable("sent an event without choices"))
        if not choices:
            return []  # an event that carries the usage alone
        choice = choices[0]
        if not isinstance(choice, dict):
            raise malformed(self._http.name, Translatable("sent a choice that cannot be read"))
        finish_reason = choice.get("finish_reason")
        if isinstance(finish_reason, str) and finish_reason:
            segment.finish_reason = finish_reason
        logprobs = choice.get("logprobs")
        content = logprobs.get("content") if isinstance(logprobs, dict) else None
        if not content and choice.get("text"):
            raise no_logprobs(self._http.name)
        if content is not None and not isinstance(content, list):
            raise malformed(
                self._http.name, Translatable("reports tokens in a form that cannot be read (they are no list)")
            )
        return [parse_entry(entry, self._http.name, self._most_alternatives) for entry in content or []]

    def _hidden(self, reported: ReportedPosition) -> bytes:
        """What the server withheld before this entry; empty for nearly all of them."""
        written = reported.written
        if written.isascii():
            return b""
        piece = reported.piece()
        if piece is None:  # the cloud drew a token that is not among the alternatives
            self._counter.count(round_trips=1)
            answer = self._http.ask(
                "POST",
                "/detokenize",
                {"tokens": [reported.token]},
                Exchange(self._purpose, self._http.name, self._message_id),  # the line is that of the open stream
                self._cancel,
            )
            spelled = answer.get("content")
            if not isinstance(spelled, str):
                raise malformed(self._http.name, Translatable("does not give the text of a token"))
            # A piece that is no text by itself comes back replaced; at least its last byte was not hidden.
            return b"" if spelled == written.decode("utf-8", "replace") else written[:-1]
        return hidden_bytes(written, piece)

    def _deliver(self, writing: _Writing, position: CloudPosition) -> None:
        if self._pieces is not None:
            self._pieces.learn(position)  # before the id can be sent back
        writing.answer.append(position.token)
        self._counter.count(positions=1)
        writing.deliver(position)
