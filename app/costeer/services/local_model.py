"""The local model of the application: found, started when first needed, shared by every answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from costeer.foundation.cancel import CancelToken, any_of
from costeer.foundation.errors import Cancelled
from costeer.foundation.progress import ProgressCallback, ignore_progress
from costeer.foundation.translatable import Translatable
from costeer.local.messages import LocalModelOptions
from costeer.local.process import ModelProcess
from costeer.local.template_process import TemplateProcess

T = TypeVar("T")

NoticeCallback = Callable[[Translatable], None]

_MOST_INTERRUPTIONS = 10


@dataclass(frozen=True, slots=True)
class LocalModelChoice:
    """Which model to run, on how many CPU threads, and where copies in faster types are kept (None: nowhere)."""

    file: Path
    threads: int
    fast_copies: Path | None = None


class LocalModelService:
    """Any thread. `choose` is asked before each use; when its answer changes, the process is replaced. `templates`
    is started with the model, and not closed here."""

    def __init__(self, choose: Callable[[], LocalModelChoice], templates: TemplateProcess) -> None:
        self._choose = choose
        self._templates = templates
        self._lock = threading.Lock()
        self._running: LocalModelChoice | None = None
        self._process: ModelProcess | None = None
        self._listeners: list[NoticeCallback] = []
        self._use = threading.Condition()
        self._spare: set[CancelToken] = set()

    def ready(
        self, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> ModelProcess:
        """The running model process, loaded if need be. Raises ModelError, LocalModelLost, Cancelled."""
        choice = self._choose()
        with self._lock:
            # Another answer may be using the old one: then it serves this answer too, and is replaced later.
            changed = self._running != choice and len(self._listeners) <= 1
            if self._process is None or changed:
                if self._process is not None:
                    self._process.close()
                options = LocalModelOptions(threads=choice.threads, fast_copies=choice.fast_copies)
                self._process = ModelProcess(
                    choice.file, options, templates=self._templates, on_restart=self._announce
                )
                self._running = choice
            process = self._process
        self._templates.start()  # while the model loads, so that the first answer does not wait for it
        process.start(progress, cancel)
        return process

    @contextmanager
    def noticing(self, callback: NoticeCallback) -> Iterator[None]:
        """While the block runs the model is in use: it is not replaced by another, and `callback` hears of
        restarts (on the thread whose call met the death)."""
        with self._use:
            self._listeners.append(callback)
            interrupted = tuple(self._spare)
        for one in interrupted:
            one.cancel()
        try:
            yield
        finally:
            with self._use:
                self._listeners.remove(callback)
                self._use.notify_all()

    def in_spare_time(
        self,
        work: Callable[[ModelProcess, CancelToken], T],
        cancel: CancelToken | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> T:
        """Do `work`, which nobody waits for, while no answer is being written: wait for that, and where an answer
        is begun in the middle, stop at once and do it again later.

        Raises what `work` raises, ModelError, LocalModelLost, and Cancelled; that too when there is no quiet
        moment.
        """
        cancel = cancel or CancelToken()
        for _ in range(_MOST_INTERRUPTIONS):
            interrupted = CancelToken()
            self._wait_until_unused(cancel, interrupted)
            try:
                with any_of(cancel, interrupted) as either:
                    return work(self.ready(progress, either), either)
            except Cancelled:
                if not interrupted.cancelled:
                    raise
            finally:
                with self._use:
                    self._spare.discard(interrupted)
        raise Cancelled

    def _wait_until_unused(self, cancel: CancelToken, interrupted: CancelToken) -> None:
        """From then on `interrupted` is cancelled when the model is used."""
        with cancel.calling(self._wake), self._use:
            while self._listeners:
                cancel.raise_if_cancelled()
                self._use.wait()
            self._spare.add(interrupted)

    def _wake(self) -> None:
        with self._use:
            self._use.notify_all()

    def close(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.close()
                self._process = None

    def _announce(self, said: Translatable) -> None:
        for listener in tuple(self._listeners):
            listener(said)
