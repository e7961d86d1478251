"""Starts, watches, restarts and stops the demo cloud's process."""

from __future__ import annotations

import multiprocessing.connection
import os
import re
import secrets
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from costeer.demo_cloud.server import Failed, Listening, ServerOrder, serve
from costeer.foundation.cancel import CancelToken
from costeer.foundation.child_process import end_process, spawn_context
from costeer.foundation.errors import ModelError
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.translatable import Translatable
from costeer.local.gguf_check import check_file

DEMO_CLOUD_NAME = "Demo cloud (this computer)"
CONTEXT = 8192

_START_SECONDS = 300.0
_GLANCE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class DemoCloudAddress:
    """Where one run of the server listens. A restart gives another address and another key."""

    base_url: str
    key: str

    def __repr__(self) -> str:
        return f"DemoCloudAddress({self.base_url!r}, key hidden)"


class DemoCloud:
    """One server process for one model file. All methods may be called from any thread; a start blocks.

    The process never outlives this one, however this one ends; only while it loads its model, when no other
    thread of it runs, a killed parent is noticed at the end of that. Use as a context manager, or call `stop`.
    """

    def __init__(
        self,
        model_file: Path,
        *,
        log_file: Path | None = None,
        threads: int | None = None,
        slots: int = 1,
        start_seconds: float = _START_SECONDS,
    ) -> None:
        """`slots` is how many answers the server writes at the same time, each in `CONTEXT` tokens."""
        self._model_file = model_file
        self._log_file = log_file
        self._threads = threads or max(1, (os.cpu_count() or 2) // 2)
        self._slots = slots
        self._start_seconds = start_seconds
        self._lock = threading.RLock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._address: DemoCloudAddress | None = None

    @property
    def name(self) -> str:
        return DEMO_CLOUD_NAME

    @property
    def model_file(self) -> Path:
        return self._model_file

    @property
    def address(self) -> DemoCloudAddress | None:
        """Where it listens; None before the first start, after `stop`, and when the process is gone."""
        return self._address if self.alive else None

    @property
    def alive(self) -> bool:
        process = self._process
        if process is None or self._address is None:
            return False
        # Not `is_alive`: for a moment after a kill, when the connections are already gone, that still says yes.
        # The sentinel goes first.
        return not multiprocessing.connection.wait([process.sentinel], timeout=0)

    @property
    def process_id(self) -> int | None:
        process = self._process
        return process.pid if process is not None else None

    def start(
        self, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> DemoCloudAddress:
        """Start the server and wait until it listens. A running one is stopped first.

        Raises ModelError when the file is missing, damaged or not GGUF, and Cancelled; nothing is left running.
        """
        with self._lock:
            self.stop()
            check_file(self._model_file)
            loading = Translatable("{cloud}: loading {file}", cloud=DEMO_CLOUD_NAME, file=self._model_file.name)
            progress(Progress(loading))
            order = ServerOrder(
                model_file=str(self._model_file),
                key=secrets.token_urlsafe(32),
                context=CONTEXT,
                threads=self._threads,
                log_file=str(self._log_file) if self._log_file else None,
                slots=self._slots,
            )
            ours, theirs = multiprocessing.connection.Pipe()
            process = spawn_context().Process(target=serve, args=(theirs,), name="costeer-demo-cloud", daemon=True)
            self._process, self._pipe = process, ours
            try:
                process.start()
                theirs.close()  # so that the pipe ends when the child does
                self._address = DemoCloudAddress(
                    self._begin(ours, process, order, cancel or CancelToken()), order.key
                )
            except BaseException:
                self._end(patience=0.0)
                raise
            progress(Progress(Translatable("{cloud}: ready", cloud=DEMO_CLOUD_NAME), 1, 1))
            return self._address

    def ensure_running(
        self, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> DemoCloudAddress:
        """The address of the running server; one that is gone is started again, at a new address. As `start`."""
        with self._lock:
            return self.address or self.start(progress, cancel)

    def stop(self) -> None:
        """Stop the server. Does nothing when there is none."""
        with self._lock:
            self._end(patience=2.0)

    def __enter__(self) -> DemoCloud:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _begin(self, pipe: Connection, process: BaseProcess, order: ServerOrder, cancel: CancelToken) -> str:
        """Hand over the order and wait for the address."""
        deadline = time.monotonic() + self._start_seconds
        try:
            pipe.send(order)
            while time.monotonic() < deadline:
                cancel.raise_if_cancelled()
                if multiprocessing.connection.wait([pipe, process.sentinel], timeout=_GLANCE_SECONDS):
                    # A child that is gone leaves the end of the pipe behind what it still had to say.
                    reply = pipe.recv()
                    break
            else:
                raise self._model_error(
                    Translatable("it did not load within {seconds:.0f} seconds", seconds=self._start_seconds)
                )
        except (EOFError, OSError) as error:
            process.join(1.0)
            raise self._model_error(
                Translatable("the server ended while loading it, code {code}", code=str(process.exitcode))
            ) from error
        if isinstance(reply, Listening):
            return reply.base_url
        if isinstance(reply, Failed):
            raise self._model_error(
                Translatable.verbatim(re.sub(r"\s+", " ", reply.why).strip().rstrip(".")[:200])
            )
        raise self._model_error(Translatable("an unexpected reply"))

    def _model_error(self, why: Translatable) -> ModelError:
        return ModelError(
            "The demo cloud cannot use the model file {file} ({why}); fetch it again or choose another model.",
            file=self._model_file.name,
            why=why,
        )

    def _end(self, *, patience: float) -> None:
        process, pipe = self._process, self._pipe
        self._process = self._pipe = self._address = None
        if pipe is not None:
            pipe.close()  # tells the child to leave
        if process is not None and process.pid is not None:
            end_process(process, patience=patience)
