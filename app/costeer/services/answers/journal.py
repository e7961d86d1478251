"""Keeps an answer in progress on disk.

Tokens arrive many times a second; a thread of the journal's own writes what is new at least every `PERIOD`
seconds, so a killed application loses less than a second of words and the decoder never waits for the disk. An
error of the disk is raised to the decoder with its next token.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from costeer.foundation.translatable import NOTHING, Translatable
from costeer.steering.trace import TokenTrace
from costeer.storage.records import AnswerFigures, MessageState
from costeer.storage.repositories import ConversationRepository

PERIOD = 0.3


class AnswerJournal:
    """One answer being written. `add` from the decoding thread; `close` exactly once, from the same thread."""

    def __init__(
        self,
        conversations: ConversationRepository,
        message_id: str,
        text: str,
        tokens: Sequence[int],
        said: str | None = None,
    ) -> None:
        """`text` is what the answer has already, as it is shown; `said` what the models wrote of it, where that is
        something else."""
        self._conversations = conversations
        self._message_id = message_id
        self._lock = threading.Lock()
        self._text = text
        self._said = text if said is None else said
        self._tokens = list(tokens)
        self._unwritten: list[TokenTrace] = []
        self._figures: AnswerFigures | None = None
        self._done = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._write_now_and_then, name="answer-journal", daemon=True)
        self._thread.start()

    @property
    def said(self) -> str:
        """The answer as the models have it: placeholders stand where the user sees what they stand for."""
        return self._said

    @property
    def tokens(self) -> tuple[int, ...]:
        return tuple(self._tokens)

    def add(self, traces: Sequence[TokenTrace], text: str, figures: AnswerFigures | None = None) -> None:
        """Remember final tokens, what is shown of them, and what the answer has taken with them, so that a crash
        does not make it look cheaper than it was. Raises what the last write raised, if it failed."""
        if self._failure is not None:
            raise self._failure
        with self._lock:
            self._text += text
            self._said += "".join(one.text for one in traces)
            self._tokens += [one.token for one in traces]
            self._unwritten += traces
            self._figures = figures

    def close(self, state: MessageState, detail: Translatable = NOTHING) -> None:
        """Write what is left and the final state. Raises StorageError when it cannot be written."""
        self._done.set()
        self._thread.join()
        self._write(state, detail)

    def _write_now_and_then(self) -> None:
        while not self._done.wait(PERIOD):
            try:
                self._write("writing", NOTHING)
            except Exception as error:  # noqa: BLE001 - handed to the decoding thread by add()
                self._failure = error
                return

    def _write(self, state: MessageState, detail: Translatable) -> None:
        with self._lock:
            traces, self._unwritten = self._unwritten, []
            text, tokens, figures = self._text, tuple(self._tokens), self._figures
        if not traces and state == "writing":
            return
        try:
            self._conversations.update_answer(
                self._message_id, text, tokens, state, detail, traces=traces, figures=figures
            )
        except Exception:
            with self._lock:  # so that the next write, the last one at the latest, has them
                self._unwritten = traces + self._unwritten
            raise
