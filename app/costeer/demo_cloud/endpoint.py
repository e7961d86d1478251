"""The demo cloud as an endpoint: started when it is first asked for, and again when something else is wanted."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from costeer.demo_cloud.supervisor import DemoCloud
from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import threads_shared, usable_cores
from costeer.foundation.progress import ProgressCallback
from costeer.foundation.settings import Settings
from costeer.services.endpoints import EndpointAddress

Reroute = Callable[[EndpointAddress], EndpointAddress]

_BRANCHING_SLOTS = 4
"""Answers that are written at the same time where branches are asked for beforehand."""


class DemoEndpoint:
    """Serves the model that the settings name. Any thread; `reroute` may put something before it."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        find_model: Callable[[str], Path],
        log_folder: Path,
        reroute: Reroute,
    ) -> None:
        self._settings = settings
        self._find_model = find_model
        self._log_folder = log_folder
        self._reroute = reroute
        self._lock = threading.Lock()
        self._serving: tuple[Path, int, int] | None = None
        self._alone: int = 0
        self._running: DemoCloud | None = None

    def ensure_running(self, progress: ProgressCallback, cancel: CancelToken | None) -> EndpointAddress:
        settings = self._settings()
        with self._lock:
            model = self._find_model(settings.demo_cloud_model)
            usual = _BRANCHING_SLOTS if settings.steering.prefetch else 1
            serving = (model, self._alone, usable_cores()) if self._alone else (model, usual, threads_shared())
            if self._running is not None and self._serving != serving:
                self._running.stop()
                self._running = None
            if self._running is None:
                log_file = self._log_folder / "demo-cloud.log"
                self._running = DemoCloud(model, log_file=log_file, threads=serving[2], slots=serving[1])
                self._serving = serving
            address = self._running.ensure_running(progress, cancel)
        return self._reroute(EndpointAddress(address.base_url, address.key, serving[1]))

    @contextlib.contextmanager
    def writing_many(self, at_once: int) -> Iterator[None]:
        """While the block runs it has the whole computer, and writes so many answers at a time. They take memory,
        so it is stopped afterwards; the next answer starts it as it needs it."""
        self._alone = at_once
        try:
            yield
        finally:
            self._alone = 0
            self.stop()

    def stop(self) -> None:
        with self._lock:
            if self._running is not None:
                self._running.stop()
                self._running = None
