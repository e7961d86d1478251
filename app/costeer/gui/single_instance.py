"""One window for one user and one folder of data: a second start brings up the first window and leaves.

Two programs on one database would take each other's unfinished answers for interrupted ones. The first listens at
a socket of this computer (a named pipe on Windows) that only its user may open. Nothing here reaches a network;
this is the one module that may import QtNetwork. Window thread; `claim` is called before there is a window.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from costeer.foundation.errors import KnownError

_SHOW, _SHOWN = b"show\n", b"shown\n"
_CONNECT_MS = 1000
_ANSWER_MS = 10_000
"""The first may still be opening a large database."""

_CLAIM_MS = 15_000
_LONGEST = 64


class SingleInstance(QObject):
    """Held while the program runs. `show_wanted` when another start asks for the window."""

    show_wanted = Signal()

    def __init__(self, name: str) -> None:
        """Raises KnownError when the socket cannot be made."""
        super().__init__()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        # Nobody answered at it, so what is left of the socket is that of a program that was killed.
        QLocalServer.removeServer(name)
        if not self._server.listen(name):
            raise KnownError(
                "CoSteer cannot listen at {name} ({why}); remove it.", name=name, why=self._server.errorString()
            )
        self._server.newConnection.connect(self._on_connection)

    def close(self) -> None:
        """The next start is the first again."""
        self._server.close()

    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        if socket is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda: self._on_words(socket))
            self._on_words(socket)

    def _on_words(self, socket: QLocalSocket) -> None:
        if socket.canReadLine():
            if bytes(socket.readLine(_LONGEST).data()) == _SHOW:
                self.show_wanted.emit()
                socket.write(_SHOWN)
                socket.flush()
            socket.disconnectFromServer()
        elif socket.bytesAvailable() > _LONGEST:
            socket.abort()


def claim(data: Path) -> SingleInstance | None:
    """None when the window of another program on the folder `data` has been asked to show itself.

    Raises KnownError when there is one that does not answer. Of two starts at a time one waits for the other.
    """
    name = socket_name(data)
    lock = QLockFile(str(data / "start.lock"))
    if not lock.tryLock(_CLAIM_MS):
        raise KnownError(
            "CoSteer is being started by another program; if not, remove {file}.", file=data / "start.lock"
        )
    try:
        return None if _show_other(name) else SingleInstance(name)
    finally:
        lock.unlock()


def socket_name(data: Path) -> str:
    """The same for each program of this user on this folder; short, because a socket's path must be."""
    whose = f"{getpass.getuser()}\0{data.resolve()}"
    name = f"costeer-{hashlib.sha256(whose.encode()).hexdigest()[:16]}"
    if sys.platform == "win32":
        return name
    return str(Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"{name}.socket")


def _show_other(name: str) -> bool:
    """Whether another program was there and has shown its window."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    socket.write(_SHOW)
    socket.waitForBytesWritten(_CONNECT_MS)
    while not socket.canReadLine():  # bounded: each wait ends with bytes, with the connection, or with the time
        if not socket.waitForReadyRead(_ANSWER_MS):
            raise KnownError("CoSteer is running but does not answer; end it, then start it again.")
    return bytes(socket.readLine(_LONGEST).data()) == _SHOWN
