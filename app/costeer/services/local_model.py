"""The local model of the application: found, started when first needed, shared by every answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import ProgressCallback, ignore_progress
from costeer.local.process import ModelProcess

NoticeCallback = Callable[[str], None]


class LocalModelService:
    """Any thread. `find` tells the model file; it is asked again when the model has been changed."""

    def __init__(self, find: Callable[[], Path]) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._file: Path | None = None
        self._process: ModelProcess | None = None
        self._listeners: list[NoticeCallback] = []

    def ready(
        self, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> ModelProcess:
        """The running model process, loaded if need be. Raises ModelError, LocalModelLost, Cancelled."""
        file = self._find()
        with self._lock:
            if self._process is None or self._file != file:
                if self._process is not None:
                    self._process.close()
                self._process = ModelProcess(file, on_restart=self._announce)
                self._file = file
            process = self._process
        process.start(progress, cancel)
        return process

    @contextmanager
    def noticing(self, callback: NoticeCallback) -> Iterator[None]:
        """While the block runs, `callback` hears of restarts (on the thread whose call met the death)."""
        self._listeners.append(callback)
        try:
            yield
        finally:
            self._listeners.remove(callback)

    def close(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.close()
                self._process = None

    def _announce(self, sentence: str) -> None:
        for listener in tuple(self._listeners):
            listener(sentence)
