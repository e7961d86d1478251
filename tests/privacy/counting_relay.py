"""A relay on this computer that counts every byte that passes: what was really on the wire."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.privacy.loopback import LOOPBACK, WAIT


class CountingRelay:
    """A context manager in front of the server at `port`. `passed` has [up, down] of each connection, in the order
    in which they were opened, counted before they are handed on."""

    def __init__(self, port: int) -> None:
        self._there = port
        self._socket = socket.create_server((LOOPBACK, 0))
        self.port = int(self._socket.getsockname()[1])
        self.passed: list[list[int]] = []
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept)

    def _accept(self) -> None:
        for _ in range(1000):
            try:
                near, _ = self._socket.accept()
            except OSError:
                return
            far = socket.create_connection((LOOPBACK, self._there), WAIT)
            far.settimeout(None)
            self._open += [near, far]
            passed = [0, 0]
            self.passed.append(passed)
            for way, (source, sink) in enumerate(((near, far), (far, near))):
                thread = threading.Thread(target=self._pump, args=(source, sink, passed, way))
                self._threads.append(thread)
                thread.start()

    def _pump(self, source: socket.socket, sink: socket.socket, passed: list[int], way: int) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):  # until one side closes, or `__exit__` does
                passed[way] += len(data)
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> CountingRelay:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._accepting.join(WAIT)
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(WAIT)
        for one in (*self._open, self._socket):
            one.close()
