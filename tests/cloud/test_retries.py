"""What is asked again, what is not, and that a wait ends at once when nobody wants the answer any more."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from costeer.cloud.http import EndpointHttp
from costeer.cloud.retries import NotBegun, Patience, Wait, WaitEvent
from costeer.cloud.retry_after import in_words, seconds_asked
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import (
    Cancelled,
    EndpointRefused,
    EndpointUnreachable,
    KnownError,
    StreamBroken,
)
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Exchange, Line
from costeer.privacy.transport import open_client
from tests.cloud.scripted import NAME, connected, prompt_of, read
from tests.privacy.loopback import LOOPBACK, WAIT
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import DONE, ScriptedServer, Talk, delta, entry

QUICK = 0.01


class Waits:
    """Collects what the window would be told."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.why: list[str] = []
        self.begun = threading.Event()
        self.over = 0

    def hear(self, event: WaitEvent) -> None:
        if isinstance(event, Wait):
            self.seconds.append(event.until - time.monotonic())
            self.why.append(str(event.why))
            self.begun.set()
        else:
            self.over += 1

    def patience(self, **changed: object) -> Patience:
        return Patience(first_wait=QUICK, on_wait=self.hear, **changed)  # type: ignore[arg-type]


def answering(*statuses: int, headers: dict[str, str] | None = None) -> Callable[[Talk], None]:
    """These one after the other, the last one for ever; 0 drops the connection."""
    left = list(statuses)

    def script(talk: Talk) -> None:
        status = left.pop(0) if len(left) > 1 else left[0]
        if status:
            talk.answer(status, "application/json", b'{"x": 1}', headers)
        else:
            talk.drop()

    return script


def ask(
    url: str, patience: Patience, ledger: MemoryLedger | None = None, cancel: CancelToken | None = None
) -> object:
    with open_client(ledger or MemoryLedger(), base_url=url, connect_seconds=WAIT, read_seconds=WAIT) as client:
        http = EndpointHttp(NAME, url, "sesame", client, patience)
        return http.ask("POST", "/x", {"y": 2}, Exchange("probe", NAME), cancel)


@pytest.mark.parametrize("status", [429, 503])
def test_what_is_not_taken_now_is_taken_later(status: int) -> None:
    waits, ledger = Waits(), MemoryLedger()
    with ScriptedServer(answering(status, status, 200)) as server:
        assert ask(server.base_url, waits.patience(), ledger) == {"x": 1}
        assert len(server.bodies) == 3
    assert len(waits.seconds) == waits.over == 2
    assert waits.why[0].startswith(NAME)
    requests = [one for one in ledger.records if one.kind == "request"]
    assert len({one.exchange for one in requests}) == 3
    assert [one.status for one in ledger.records if one.kind == "response"] == [status, status, 200]


def test_a_stream_is_asked_for_again_before_it_begins() -> None:
    waits, first = Waits(), [True]

    def script(talk: Talk) -> None:
        if first.pop() if first else False:
            talk.answer(503, "application/json", b'{"error": {"message": "Loading model"}}')
            return
        talk.begin()
        talk.chunk(delta(entry(5, b"a")) + delta(finish="stop", completion_tokens=1) + DONE)
        talk.end()

    with connected(script, patience=waits.patience()) as client:
        assert read(client) == ([5], None)
    assert waits.why == [f"{NAME} is not ready"]


def test_four_attempts_at_most_ever_further_apart() -> None:
    waits = Waits()
    with ScriptedServer(answering(429)) as server:
        with pytest.raises(EndpointRefused) as caught:
            ask(server.base_url, waits.patience())
        assert len(server.bodies) == 4
    assert caught.value.status == 429
    for nth, seconds in enumerate(waits.seconds):
        assert QUICK * 2**nth <= seconds <= QUICK * 2**nth + QUICK


@pytest.mark.parametrize("status", [400, 401, 404, 407, 500, 501, 502, 504, 511, 529])
def test_answers_that_are_final(status: int) -> None:
    """Among them those behind which work may have been done."""
    waits = Waits()
    with ScriptedServer(answering(status, 200)) as server:
        with pytest.raises(EndpointRefused) as caught:
            ask(server.base_url, waits.patience())
        assert len(server.bodies) == 1
    assert caught.value.status == status
    assert not waits.seconds


def test_an_answer_that_never_comes_is_not_asked_for_again() -> None:
    waits = Waits()
    with ScriptedServer(answering(0, 200)) as server:
        with pytest.raises(EndpointUnreachable):
            ask(server.base_url, waits.patience())
        assert len(server.bodies) == 1
    assert not waits.seconds


def test_silence_is_not_asked_again() -> None:
    waits = Waits()

    def script(talk: Talk) -> None:
        talk.wait_until_client_leaves()

    with connected(script, read_seconds=0.2, patience=waits.patience()) as client:
        assert type(read(client)[1]) is EndpointUnreachable
    assert not waits.seconds


def test_a_broken_stream_is_not_asked_for_again() -> None:
    waits, count = Waits(), []

    def script(talk: Talk) -> None:
        count.append(1)
        talk.begin()
        talk.chunk(delta(entry(5, b"a")))
        talk.drop()

    with connected(script, patience=waits.patience()) as client:
        tokens, error = read(client)
    assert (tokens, type(error), len(count)) == ([5], StreamBroken, 1)
    assert not waits.seconds


def test_used_up_credit_is_not_waited_for() -> None:
    body = b'{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}'
    waits = Waits()
    script: Callable[[Talk], None] = lambda talk: talk.answer(429, "application/json", body)  # noqa: E731
    with ScriptedServer(script) as server, pytest.raises(EndpointRefused, match="billing"):
        ask(server.base_url, waits.patience())
    assert not waits.seconds


def test_a_server_that_comes_up() -> None:
    """Refused first; then something listens there."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
    opened: list[socket.socket] = []
    ledger, why = MemoryLedger(), []

    def serve() -> None:
        connection, _ = opened[0].accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        connection.close()

    thread = threading.Thread(target=serve)

    def come_up(event: WaitEvent) -> None:
        if isinstance(event, Wait):
            why.append(str(event.why))
        if not opened:
            opened.append(socket.create_server((LOOPBACK, port)))
            thread.start()

    assert ask(f"http://{LOOPBACK}:{port}", Patience(first_wait=QUICK, on_wait=come_up), ledger) == {}
    thread.join(WAIT)
    opened[0].close()
    assert why == [f"{NAME} cannot be reached"]
    assert [one.kind for one in ledger.records] == ["request", "failure", "request", "response"]


def test_nobody_waits_for_a_wrong_address() -> None:
    waits = Waits()
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(EndpointUnreachable):
        ask(f"http://{LOOPBACK}:{port}", waits.patience(connecting=False))
    with pytest.raises(EndpointUnreachable):
        ask("http://no-such-host.invalid", waits.patience())
    assert not waits.seconds


@pytest.mark.parametrize("way", ["line", "token"])
def test_a_wait_ends_at_once(way: str) -> None:
    waits, cancel, line = Waits(), CancelToken(), Line()

    def stop() -> None:
        assert waits.begun.wait(WAIT)
        (line.hang_up if way == "line" else cancel.cancel)()

    stopping = threading.Thread(target=stop)
    stopping.start()
    with (
        ScriptedServer(answering(429, headers={"Retry-After": "29"})) as server,
        open_client(MemoryLedger(), base_url=server.base_url) as client,
    ):
        http = EndpointHttp(NAME, server.base_url, "", client, Patience(on_wait=waits.hear))
        exchange = Exchange("probe", NAME, line=line if way == "line" else None)
        started = time.monotonic()
        with pytest.raises(Cancelled):
            http.ask("GET", "/x", None, exchange, cancel)
        assert time.monotonic() - started < 5
    stopping.join(WAIT)
    assert len(server.bodies) == 1
    assert waits.seconds[0] >= 29


def test_a_stream_that_waits_is_closed_at_once() -> None:
    waits = Waits()
    script = answering(503, headers={"Retry-After": "29"})
    with connected(script, patience=waits.patience()) as client:
        stream = prompt_of(client).stream([], 5)
        assert waits.begun.wait(WAIT)
        started = time.monotonic()
        stream.close()
        assert time.monotonic() - started < 1


def test_more_than_it_is_worth_waiting_for() -> None:
    waits = Waits()
    with ScriptedServer(answering(429, headers={"Retry-After": "600"})) as server:
        with pytest.raises(EndpointRefused, match="try again in 10 minutes"):
            ask(server.base_url, waits.patience())
        assert len(server.bodies) == 1
    assert not waits.seconds


def test_the_time_that_all_attempts_may_take() -> None:
    """The second wait would end too late, so it is not begun."""
    tried: list[float] = []

    def attempt() -> None:
        tried.append(time.monotonic())
        raise NotBegun(EndpointRefused("Busy."), Translatable("busy"), asked=0.2)

    started = time.monotonic()
    with pytest.raises(EndpointRefused):
        Patience(seconds=0.3, first_wait=QUICK).keep_trying(NAME, attempt)
    assert len(tried) == 2
    assert time.monotonic() - started < 5


def test_retry_after() -> None:
    now = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=90), usegmt=True)
    assert seconds_asked({"retry-after": "7"}) == 7.0
    assert seconds_asked({"retry-after": date, "date": format_datetime(now, usegmt=True)}) == 90.0
    assert seconds_asked({"retry-after": date}) == 0.0, "by our own clock it is over"
    for unreadable in ("", "soon", "-1", "1.5", "9" * 400, "²"):
        assert seconds_asked({"retry-after": unreadable}) is None
    assert [str(in_words(one)) for one in (None, 6.2, 600.0, 7300.0)] == [
        "later",
        "in 7 seconds",
        "in 10 minutes",
        "in 3 hours",
    ]


def test_a_date_is_waited_for() -> None:
    waits, served = Waits(), []

    def script(talk: Talk) -> None:
        served.append(1)
        if len(served) == 2:
            talk.answer(200, "application/json", b"{}")
            return
        soon = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
        talk.answer(503, "application/json", b"{}", {"Retry-After": soon})

    cancel = CancelToken()

    def hear(event: WaitEvent) -> None:
        waits.hear(event)
        cancel.cancel()

    with ScriptedServer(script) as server, pytest.raises(Cancelled):
        ask(server.base_url, Patience(first_wait=QUICK, on_wait=hear), cancel=cancel)
    assert 1.0 < waits.seconds[0] < 4.0


@pytest.mark.parametrize("status", [200, 401, 400, 429, 500])
def test_the_key_is_in_no_sentence(status: int) -> None:
    """Some servers repeat the key that they do not accept."""
    body = b'{"error": {"message": "Incorrect API key provided: sesame."}}'
    ledger = MemoryLedger()

    def script(talk: Talk) -> None:
        if status == 200:
            talk.begin()
            talk.chunk(b"data: " + body + b"\n\n")
            talk.end()
        else:
            talk.answer(status, "application/json", body)

    with connected(script, ledger=ledger) as client:
        _, error = read(client)
    assert error is not None
    for one in chain(error):
        assert "sesame" not in str(one)
        assert "sesame" not in getattr(one, "user_message", "")
    assert "[key]" in error.user_message
    assert len(ledger.records) == 2
    assert all("sesame" not in repr(one) for one in ledger.records)


def chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(found) < 100:
        one = waiting.pop()
        if one is not None and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__]
    return found


def test_every_sentence_is_one() -> None:
    with ScriptedServer(answering(429)) as server, pytest.raises(KnownError) as caught:
        ask(server.base_url, Patience(attempts=1))
    assert caught.value.user_message == f"{NAME} takes no more requests now (HTTP 429); try again later."
