"""An answer of an endpoint that speaks one of the dialects, position by position.

**What is sent.** The public conversation and the final tokens of the answer, as ids where the endpoint has them
and as text elsewhere, and public settings: nothing else.

**Inside a character.** A token may end in the middle of a UTF-8 character, which no text can be sent with. Then
the answer is sent up to that character, and what the endpoint spells again of it is passed over.

**What an endpoint leaves out.** Parts of characters told without their bytes are joined into one position that
spells all of them. An end without log-probabilities is told as a certain one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import httpx

from costeer.cloud.dialects.logprobs import MISSING
from costeer.cloud.dialects.protocol import Alternative, Ask, Dialect, Heard, PreparedPrompt, ToldToken
from costeer.cloud.errors import broken, error_in_stream, filtered, is_web_page, malformed, web_page
from costeer.cloud.figures import CloudFigures, FigureCounter
from costeer.cloud.http import EndpointHttp
from costeer.cloud.lines import objects
from costeer.cloud.names import Names, as_position
from costeer.cloud.reported import no_logprobs
from costeer.cloud.sse import MOST_SILENT, events
from costeer.cloud.stream import Deliver, ReaderStream
from costeer.cloud.untrusted import Unreadable
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, Cancelled
from costeer.foundation.text import whole_characters
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Exchange, Line
from costeer.privacy.ledger import Purpose
from costeer.steering.types import CloudPosition, Draws

_MOST_PARTS = 8
"""Tokens, or characters of text, that parts of one character may come in."""

_LONGEST_PIECE = 1 << 16
"""Bytes of one piece of text, where an endpoint tells no tokens."""

_MOST_AGAIN = 8
"""Positions that an endpoint may take to spell the rest of a character again."""

_END = ToldToken(Alternative(b"", 0.0), (Alternative(b"", 0.0),))


class TextPrompt:
    """Implements `steering.types.Cloud`. Several streams may be open at once; all methods on any thread."""

    def __init__(
        self,
        http: EndpointHttp,
        model: str,
        dialect: Dialect,
        prompt: PreparedPrompt,
        top_k: int,
        names: Names,
        message_id: str | None,
        cancel: CancelToken,
        *,
        purpose: Purpose = "answer",
    ) -> None:
        """`top_k` 0 asks for no log-probabilities: each piece of text that comes is then told as certain."""
        self._http = http
        self._model = model
        self._dialect = dialect
        self._prompt = prompt
        self._top_k = top_k
        self._names = names
        self._message_id = message_id
        self._cancel = cancel
        self._purpose = purpose
        self._counter = FigureCounter()

    @property
    def figures(self) -> CloudFigures:
        return self._counter.figures

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> ReaderStream:
        """The endpoint's greedy continuation. See `steering.types.Cloud`."""
        if draws is not None:
            raise BugError("This endpoint cannot be asked for draws whose law is known; please report this.")
        return self._open(answer, Ask(max_tokens, self._top_k))

    def plain_stream(
        self, answer: Sequence[int], max_tokens: int, *, temperature: float, top_p: float, seed: int
    ) -> ReaderStream:
        """The endpoint's own draws, for an answer that is not steered."""
        return self._open(answer, Ask(max_tokens, self._top_k, temperature=temperature, top_p=top_p, seed=seed))

    def _open(self, answer: Sequence[int], ask: Ask) -> ReaderStream:
        if ask.max_tokens < 1:
            raise BugError(
                "The cloud cannot be asked for {max_tokens} tokens; please report this.", max_tokens=ask.max_tokens
            )
        written, again = whole_characters(self._names.join(answer))
        ids = self._names.ids(answer)
        ask = dataclasses.replace(ask, written=written, written_ids=ids)
        reading = _Reading(self._names, again if ids is None else b"", ask)

        def read(line: Line, deliver: Deliver) -> None:
            self._read(reading, len(answer), line, deliver)

        return ReaderStream(read, self._cancel)

    def _read(self, reading: _Reading, written: int, line: Line, deliver: Deliver) -> None:
        if line.hung_up:
            raise Cancelled
        path, body = self._dialect.request(self._model, self._prompt, reading.ask)
        spelled = self._prompt.text + reading.ask.written
        exchange = Exchange(self._purpose, self._http.name, self._message_id, spelled, line)
        self._counter.count(round_trips=1, tokens_sent=written)
        finish, silent = "", 0
        with self._http.answering("POST", path, body, exchange) as response:
            for event in self._events(response):
                if event is None:
                    break
                heard = self._heard(event)
                finish = heard.finish or finish
                try:
                    positions = reading.positions(heard)
                except Unreadable as error:
                    raise malformed(self._http.name, Translatable("reports {what}", what=error.said)) from error
                silent = 0 if positions else silent + 1
                if silent > MOST_SILENT:
                    raise malformed(self._http.name, Translatable("sends events that tell nothing, without end"))
                for position in positions:
                    if reading.left <= 0:
                        deliver(None)
                        return  # a server need not keep to `max_tokens`
                    reading.left -= 1
                    self._deliver(position, deliver)
        if not finish:
            raise broken(self._http.name, Translatable("the connection was closed"))
        if finish == "content_filter":
            raise filtered(self._http.name)
        if finish != "length" and not reading.ended and reading.left > 0:
            for position in reading.end():
                self._deliver(position, deliver)
        deliver(None)

    def _events(self, response: httpx.Response) -> Iterator[Mapping[str, object] | None]:
        kind = response.headers.get("content-type", "")
        if is_web_page(kind, ""):
            raise web_page(self._http.name)
        if self._dialect.lines:
            return objects(response, self._http.name)
        if kind.startswith("text/event-stream"):
            return events(response, self._http.name)
        # `stream` was not heeded: the whole answer comes at once.
        return iter([self._http.json_object(response, Translatable("the request"))])

    def _heard(self, event: Mapping[str, object]) -> Heard:
        if event.get("error"):
            raise error_in_stream(self._http.name, event["error"])
        try:
            heard = self._dialect.heard(event)
        except Unreadable as error:
            raise malformed(
                self._http.name,
                Translatable("reports tokens in a form that cannot be read ({why})", why=error.said),
            ) from error
        if self._top_k and heard.text and not heard.tokens:
            raise no_logprobs(self._http.name)
        return heard

    def _deliver(self, position: CloudPosition, deliver: Deliver) -> None:
        self._names.learn(position)  # before the id can be sent back
        self._counter.count(positions=1)
        deliver(position)


class _Reading:
    """One answer being read. Reader thread only."""

    def __init__(self, names: Names, again: bytes, ask: Ask) -> None:
        """`again` are the bytes of a character that the endpoint has to spell again."""
        self.ask = ask
        self.left = ask.max_tokens
        self.ended = False
        self._names = names
        self._again = again
        self._passes = 0
        self._parts: list[Alternative] = []

    def positions(self, heard: Heard) -> list[CloudPosition]:
        """What is new. Raises Unreadable."""
        if not self.ask.top_k:
            return self._certain(heard.text.encode("utf-8", "replace")) if heard.text else []
        found: list[CloudPosition] = []
        text = heard.text
        for told in heard.tokens:
            position = as_position(told, self._names, self.ask.top_k)
            if position is None:
                self._parts.append(told.written)
                if len(self._parts) > _MOST_PARTS:
                    raise Unreadable("a character that does not come to an end")
                continue
            spelled = position.token_bytes.decode("utf-8", "replace")
            if spelled and spelled in text:
                before, _, text = text.partition(spelled)
                found += self._joined(before)
            found += self._unless_again(position)
            self.ended = self.ended or not position.token_bytes
        return found + self._joined(text)

    def end(self) -> list[CloudPosition]:
        """The end that an endpoint told without a log-probability."""
        position = as_position(_END, self._names, max(1, self.ask.top_k))
        return [] if position is None else [position]

    def _joined(self, text: str) -> list[CloudPosition]:
        """The parts of a character that were told without their bytes, as one position that spells `text`."""
        if not self._parts or not text:
            return []
        parts, self._parts = self._parts, []
        if len(text) > _MOST_PARTS:
            raise Unreadable("a text instead of the rest of a character")
        return self._certain(text.encode("utf-8", "replace"), min(0.0, sum(one.logprob for one in parts)))

    def _certain(self, spelled: bytes, logprob: float = 0.0) -> list[CloudPosition]:
        """A position with one alternative."""
        if len(spelled) > _LONGEST_PIECE:
            raise Unreadable("more text at once than an answer has")
        one = Alternative(spelled, max(logprob, MISSING))
        position = as_position(ToldToken(one, (one,)), self._names, 1)
        return [] if position is None else self._unless_again(position)

    def _unless_again(self, position: CloudPosition) -> list[CloudPosition]:
        """`position`, unless it spells what the answer has already."""
        if not self._again:
            return [position]
        self._passes += 1
        spelled = position.token_bytes
        if self._again.startswith(spelled) and spelled and self._passes <= _MOST_AGAIN:
            self._again = self._again[len(spelled) :]
            return []
        if spelled.startswith(self._again):
            rest, self._again = spelled[len(self._again) :], b""
            return self._certain(rest) if rest else []
        raise Unreadable("another character than the one that it had begun")
