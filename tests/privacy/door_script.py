"""What a program finds that tries to pass by the transport: a process of its own, because doors stay shut.

`python -m tests.privacy.door_script PORT` knocks at a listener on this computer in every way that Python has,
after an answer was had through the transport, and prints what became of it as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import shutil
import socket
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

from costeer.bootstrap import open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.child_process import leave_with_parent, spawn_context
from costeer.foundation.door import UnannouncedConnection, announced, shut_doors
from costeer.foundation.paths import AppPaths
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions


def by_datagram(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"secret", ("127.0.0.1", port))


def by_message(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendmsg([b"secret"], [], 0, ("127.0.0.1", port))


def by_thread(port: int) -> None:
    """What one thread announced is no leave for another."""
    raised: list[UnannouncedConnection] = []

    def knock() -> None:
        try:
            socket.create_connection(("127.0.0.1", port))
        except UnannouncedConnection as error:
            raised.append(error)

    with announced("127.0.0.1", port):
        thread = threading.Thread(target=knock)
        thread.start()
        thread.join()
    raise raised[0]


def by_another_port(port: int) -> None:
    with announced("127.0.0.1", port + 1):
        socket.create_connection(("127.0.0.1", port))


def by_another_host(port: int) -> None:
    with announced("127.0.0.2", port):
        socket.create_connection(("127.0.0.1", port))


def by_connect_ex(port: int) -> None:
    with socket.socket() as one:
        one.connect_ex(("127.0.0.1", port))


def by_name(port: int) -> None:
    with announced("127.0.0.1", port), socket.socket() as one:
        one.connect(("localhost", port))


async def _by_loop(port: int) -> None:
    await asyncio.open_connection("127.0.0.1", port)


WAYS: dict[str, Callable[[int], object]] = {
    "create_connection": lambda port: socket.create_connection(("127.0.0.1", port)),
    "connect_ex": by_connect_ex,
    "datagram": by_datagram,
    "message": by_message,
    "http.client": lambda port: http.client.HTTPConnection("127.0.0.1", port).request("GET", "/"),
    "urllib": lambda port: urllib.request.urlopen(f"http://127.0.0.1:{port}/"),
    "asyncio": lambda port: asyncio.run(_by_loop(port)),
    "look-up": lambda _: socket.getaddrinfo("secret.localhost", 80),
    "look-up by name": lambda _: socket.gethostbyname("secret.localhost"),
    "reverse look-up": lambda _: socket.getnameinfo(("127.0.0.1", 80), 0),
    "another thread": by_thread,
    "another port": by_another_port,
    "another host": by_another_host,
    "a name": by_name,
}


def refused(knock: Callable[[int], object], port: int) -> bool:
    try:
        knock(port)
    except UnannouncedConnection:
        return True
    except OSError as error:  # urllib and asyncio wrap what they get
        return isinstance(error.__cause__ or error.__context__, UnannouncedConnection)
    return False


def knock_from_child(port: int, connection: object) -> None:
    leave_with_parent()
    connection.send(refused(WAYS["create_connection"], port))  # type: ignore[attr-defined]


def main(port: int) -> None:
    shut_doors()
    early = refused(WAYS["create_connection"], port)  # before there is a ledger
    root = Path(tempfile.mkdtemp(prefix="costeer-door-"))
    with open_application(AppPaths(root / "config", root / "data", root / "cache", root / "log")) as app:
        conversation = app.chat.create()
        options = AskOptions(strength=1.0, max_tokens=6)
        events = list(app.chat.ask(conversation.id, "Hello", options, CancelToken()))
        finished = isinstance(events[-1], AnswerFinished)
        ways = {name: refused(knock, port) for name, knock in WAYS.items()}
        ours, its = spawn_context().Pipe()
        child = spawn_context().Process(target=knock_from_child, args=(port, its))
        child.start()
        ways["a child process"] = bool(ours.poll(30)) and bool(ours.recv())
        child.join(10)
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as one, contextlib.suppress(FileNotFoundError):
            one.connect(str(root / "nobody"))  # the keychain's way is no way out
        entries = [one.record for one in app.audit.entries(newest=1000)]
        seen = [one.url for one in entries if one.kind == "refused"]
        by = {one.detail for one in entries if one.kind == "refused"}
        intact = app.audit.verify().ok
    told = {"answered": finished, "early": early, "ways": ways, "ledger": seen, "by": sorted(by), "ok": intact}
    sys.stdout.write(json.dumps(told))
    shutil.rmtree(root)


if __name__ == "__main__":
    main(int(sys.argv[1]))
