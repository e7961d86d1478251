"""`python -m costeer.gui.window_benchmark`: what `costeer bench window` starts and reads the figures of.

The real window over the real services and COSTEER_HOME's library. Only the tokens of the streamed answer come
from no model: those of an answer that the library has are written again, through the journal as always, at a given
rate, so that what is measured is the window and not the models beside it.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import psutil
from PySide6.QtCore import QEventLoop, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication, QWidget

from costeer.bootstrap import open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import KnownError
from costeer.foundation.lean_start import collect_again
from costeer.foundation.settings import WindowSettings
from costeer.gui.jobs import Jobs
from costeer.gui.loop_probe import LoopProbe
from costeer.gui.main_window import MainWindow
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.start_report import NextPaint
from costeer.gui.theme import Look, window_icon
from costeer.services.answers.journal import AnswerJournal
from costeer.services.chat import ChatService
from costeer.services.events import AnswerEvent, AnswerFinished, AnswerStarted, PhaseChanged, TokensAppended
from costeer.services.options import AskOptions
from costeer.steering.trace import TokenTrace
from costeer.storage.records import AnswerFigures, Conversation, Message

PATIENCE = 120.0
"""Seconds that any step may take."""

_SCROLLS = 12
_REST_MS = 5
_REST, _LONG_REST = 3, 60
"""Looks in a row at which the window has nothing to do; the longer one is longer than its timers wait."""

SEARCHES = ("xylophonist", "the fjord", "the", "a", "羊驼")


class ReplayingChat(ChatService):
    """Answers with the tokens that it is given, at `rate` a second."""

    tokens: tuple[TokenTrace, ...] = ()
    rate = 60.0

    def _answer(
        self,
        thread: list[Message],
        answer: Message,
        options: AskOptions,  # noqa: ARG002 - ChatService's signature
        cancel: CancelToken,
    ) -> Iterator[AnswerEvent]:
        conversations = self._of(answer.conversation).conversations
        journal = AnswerJournal(conversations, answer.id, answer.text, answer.tokens)
        yield AnswerStarted(thread[-1], answer)
        yield PhaseChanged("steering")
        begun = time.perf_counter()
        for index, token in enumerate(self.tokens):
            time.sleep(max(0.0, begun + index / self.rate - time.perf_counter()))
            cancel.raise_if_cancelled()
            journal.add([token], token.text)
            yield TokensAppended(answer.id, (token,), token.text)
        journal.close("complete")
        figures = AnswerFigures(tokens=len(self.tokens), seconds=time.perf_counter() - begun)
        conversations.set_figures(answer.id, figures)
        yield AnswerFinished(conversations.message(answer.id), figures)


class WindowBenchmark:
    """Goes through its steps one after the other, with event loops of its own. Window thread."""

    def __init__(self, window: MainWindow, jobs: Jobs, look: Look, chat: ReplayingChat) -> None:
        self._jobs = jobs
        self._window = window
        self._look = look
        self._chat = chat
        self._probe = LoopProbe(window)

    def run(self, tokens: int) -> dict[str, object]:
        self._start()
        found = self._search()
        long = self._long_conversation()
        found |= self._open(long)
        found["resident_mb_after_opening"] = _resident_mb()
        found |= self._change_looks()
        self._chat.tokens = self._some_tokens(tokens)
        found["streaming"] = self._stream()
        found["marks_stalls_ms"] = self._stalls(partial(self._window.steering_bar.show_steering.setChecked, True))
        found["streaming_with_marks"] = self._stream()
        found["resident_mb_at_the_end"] = _resident_mb()
        return found

    def _start(self) -> None:
        """As after every start; how long one takes is measured by starting the program itself."""
        window = self._window
        window.show()
        _wait_for(window.conversations.loaded, window.load)
        collect_again()
        Workshop.of(self._look).warm()
        self._settle()

    def _search(self) -> dict[str, object]:
        """From the last letter typed to the painted results, the pause for further letters included."""
        window, taken = self._window, []
        for text in SEARCHES:
            begun = time.perf_counter()
            _wait_for(window.search.searched, partial(window.sidebar.field.setText, text))
            taken.append(_painted(window.sidebar.results.viewport()) - begun)
            _wait_for(window.search.searched, window.sidebar.field.clear)
        return {"search_ms": {text: _ms(one) for text, one in zip(SEARCHES, taken, strict=True)}}

    def _long_conversation(self) -> Conversation:
        """The one that was changed last, which is where the library has it."""
        listed = self._window.conversations.listed
        if not listed:
            raise KnownError("The library has no conversation; name another folder with --home.")
        return max(listed, key=lambda one: one.changed)

    def _open(self, conversation: Conversation) -> dict[str, object]:
        window = self._window
        self._probe.start()
        begun = time.perf_counter()
        _wait_for(window.chat.thread_shown, lambda: window.chat.open(conversation))
        read = time.perf_counter() - begun
        painted = _painted(window.transcript.viewport()) - begun
        self._settle()
        settled = time.perf_counter() - begun
        return {
            "messages": len(window.chat.messages),
            "open_ms": {"read": _ms(read), "end_painted": _ms(painted), "surroundings": _ms(settled)},
            "open_stalls_ms": _rounded(self._probe),
        }

    def _change_looks(self) -> dict[str, object]:
        """In the long conversation, of which as much has been built as scrolling to the top of it takes."""
        window, bar = self._window, self._window.transcript.verticalScrollBar()
        for _ in range(_SCROLLS):
            bar.setValue(0)
            self._settle()
        built = len(window.transcript.built())
        theme = WindowSettings(theme="dark" if self._look.theme.name == "light" else "light")
        larger = dataclasses.replace(theme, text_size=130)
        width, height = window.width(), window.height()
        return {
            "messages_built": built,
            "theme_stalls_ms": self._stalls(lambda: self._look.take(theme)),
            "text_size_stalls_ms": self._stalls(lambda: self._look.take(larger)),
            "narrower_stalls_ms": self._stalls(lambda: window.resize(width * 3 // 4, height)),
            "list_stalls_ms": self._stalls(window.conversations.load),
        }

    def _stalls(self, act: Callable[[], object]) -> dict[str, float]:
        """From `act` until the window is at rest."""
        self._settle()
        self._probe.start()
        QTimer.singleShot(0, act)
        self._settle(_LONG_REST)
        return _rounded(self._probe)

    def _some_tokens(self, count: int) -> tuple[TokenTrace, ...]:
        """Of the answers that are shown, with indices from 0."""
        answers = [one for one in self._window.chat.messages if one.role == "assistant"]
        found = itertools.chain.from_iterable(self._chat.traces(one.id) for one in reversed(answers))
        some = list(itertools.islice(found, count))
        if not some:
            raise KnownError("The longest conversation has no traces; make the library anew.")
        return tuple(
            dataclasses.replace(one, index=index)
            for index, one in enumerate(itertools.islice(itertools.cycle(some), count))
        )

    def _stream(self) -> dict[str, object]:
        chat = self._window.chat
        self._probe.start()
        begun = time.perf_counter()
        _wait_for(chat.answer_finished, lambda: chat.send("Tell me more about the fjords."))
        seconds = time.perf_counter() - begun
        stalls = _rounded(self._probe)
        self._settle()
        return {"tokens": len(self._chat.tokens), "seconds": round(seconds, 1), "stalls_ms": stalls}

    def _settle(self, rest: int = _REST) -> None:
        """Until the window has nothing left to build or to write."""
        window, workshop = self._window, Workshop.of(self._look)
        loop = QEventLoop()
        timer = QTimer()
        timer.setInterval(_REST_MS)
        quiet = itertools.count()

        def look() -> None:
            nonlocal quiet
            if workshop.busy or window.transcript.building or self._jobs.running:
                quiet = itertools.count()
            elif next(quiet) >= rest:
                loop.quit()

        timer.timeout.connect(look)
        timer.start()
        _run(loop, "the window does not come to rest")


def _painted(widget: QWidget) -> float:
    """When the event loop runs again after the next paint of `widget`, on the clock of time.perf_counter()."""
    loop = QEventLoop()
    NextPaint(widget).happened.connect(loop.quit)
    widget.update()
    _run(loop, "nothing was painted")
    return time.perf_counter()


def _wait_for(signal: SignalInstance, act: Callable[[], object]) -> None:
    loop = QEventLoop()
    signal.connect(loop.quit)
    QTimer.singleShot(0, act)
    _run(loop, "something that was waited for did not happen")
    signal.disconnect(loop.quit)


def _run(loop: QEventLoop, otherwise: str) -> None:
    late = QTimer()
    late.setSingleShot(True)
    late.timeout.connect(lambda: loop.exit(1))
    late.start(round(PATIENCE * 1000))
    if loop.exec() != 0:
        raise KnownError("The benchmark gave up: {why}.", why=otherwise)


def _rounded(probe: LoopProbe) -> dict[str, float]:
    return {key: round(value, 1) for key, value in dataclasses.asdict(probe.stop()).items()}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _resident_mb() -> float:
    return round(float(psutil.Process().memory_info().rss) / 1e6, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the window over COSTEER_HOME; prints one JSON object.")
    parser.add_argument("--tokens", type=int, default=500)
    parser.add_argument("--rate", type=float, default=60.0, help="tokens a second")
    given = parser.parse_args()
    qt = QApplication(sys.argv[:1])
    with open_application() as app:
        chat = ReplayingChat(
            app._shelves,
            app.documents,
            app.profile,
            app.models,
            app.endpoints.connect,
            app.traffic,
            app.disclosures,
            app.learnt,
        )
        chat.rate = given.rate
        app.chat = chat
        look, jobs = Look(qt), Jobs()
        window = MainWindow(app, jobs, look, window_icon())
        try:
            found = WindowBenchmark(window, jobs, look, chat).run(given.tokens)
        except KnownError as error:
            sys.stderr.write(error.user_message + "\n")
            return 1
        finally:
            window.leave()
            window.close()
            jobs.wait_for_all(10.0)
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
