"""A proxy on loopback that takes CONNECT, or refuses it, and takes every name for this computer."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.privacy.loopback import LOOPBACK, WAIT

LONGEST_HEAD = 65536


class ConnectProxy:
    """A context manager. `targets` are what it was asked for, `heads` the requests in which it was."""

    def __init__(self, status: bytes = b"200 OK") -> None:
        self._status = status
        self._socket = socket.create_server((LOOPBACK, 0))
        self.url = f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"
        self.targets: list[str] = []
        self.heads: list[bytes] = []
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def _accept(self) -> None:
        for _ in range(1000):
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.settimeout(WAIT)
            self._open.append(connection)
            self._start(self._serve, connection)

    def _start(self, work: object, *arguments: socket.socket) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _serve(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < LONGEST_HEAD:
            some = client.recv(4096)
            if not some:
                return
            head += some
        self.heads.append(head)
        self.targets.append(head.split()[1].decode())
        client.sendall(b"HTTP/1.1 " + self._status + b"\r\nContent-Length: 0\r\n\r\n")
        if not self._status.startswith(b"200"):
            return
        server = socket.create_connection((LOOPBACK, int(self.targets[-1].rpartition(":")[2])), WAIT)
        self._open.append(server)
        self._start(_copy, client, server)
        self._start(_copy, server, client)

    def __enter__(self) -> ConnectProxy:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._threads[0].join(WAIT)
        for one in self._open:
            _end(one)
        for thread in self._threads:
            thread.join(WAIT)
            assert not thread.is_alive()
        for one in self._open:
            one.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while some := source.recv(65536):  # bounded by the connection, which the proxy ends
            target.sendall(some)
    except OSError:
        pass  # one of the two has left
    _end(target)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is over already
        one.shutdown(socket.SHUT_RDWR)
