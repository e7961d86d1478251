"""One door: what the transport did not announce is refused, whoever tries, and written down."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable

import pytest

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions
from tests.privacy.loopback import Listener

DOOR = ("costeer/privacy/wire.py", "costeer/privacy/proxy.py")


def test_nothing_passes_by_the_door() -> None:
    with Listener() as listener:
        done = subprocess.run(
            [sys.executable, "-m", "tests.privacy.door_script", str(listener.port)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert listener.accepted.empty(), "somebody came through"
    told = json.loads(done.stdout)
    assert told["answered"], "what is announced goes through"
    assert told["early"]
    assert [way for way, refused in told["ways"].items() if not refused] == []
    # The child has no ledger; what was tried before there was one is in it too.
    assert len(told["ledger"]) == len(told["ways"]) - 1 + 1
    assert {url.rpartition(":")[0] or url for url in told["ledger"]} == {
        "127.0.0.1",
        "localhost",
        "secret.localhost",
    }
    assert any("tests.privacy.door_script" in one or "__main__" in one for one in told["by"])
    assert told["ok"]


def test_all_that_connects_is_the_door(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own way to connect raises but where the transport goes it."""
    real: Callable[..., None] = socket.socket.connect
    connected = []

    def connect(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX:
            files = [frame.filename.replace(os.sep, "/") for frame in traceback.extract_stack()]
            assert any(file.endswith(DOOR) for file in files), f"{address} was connected to past the transport"
            connected.append(address)
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    conversation = app.chat.create()
    options = AskOptions(strength=1.0, max_tokens=8)
    events = list(app.chat.ask(conversation.id, "Name a colour.", options, CancelToken()))
    assert isinstance(events[-1], AnswerFinished)
    assert connected, "the answer came over the network, and was seen"
