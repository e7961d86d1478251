"""kill -9 in mid-answer: of the model process, of the demo cloud, of the application itself."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.services.events import AnswerEvent, AnswerFinished, NoticeRaised, TokensAppended
from costeer.services.options import AskOptions
from tests.integration.conftest import PROFILE, PROMPT, paths_in

STEERED = AskOptions(strength=1.0, profile=PROFILE, max_tokens=24)


def ask_and_kill(app: Application, victim: psutil.Process) -> list[AnswerEvent]:
    """Ask, kill the victim after the first tokens, and let the answer go on."""
    conversation = app.chat.create()
    events: list[AnswerEvent] = []
    for event in app.chat.ask(conversation.id, PROMPT, STEERED, CancelToken()):
        if isinstance(event, TokensAppended) and not any(isinstance(one, TokensAppended) for one in events):
            victim.kill()
        events.append(event)
    return events


def check_whole(app: Application, events: list[AnswerEvent]) -> None:
    finished = events[-1]
    assert isinstance(finished, AnswerFinished)
    assert finished.answer.state == "complete"
    assert finished.figures.tokens == len(app.chat.traces(finished.answer.id)) > 8
    assert "".join(one.text for one in events if isinstance(one, TokensAppended)) == finished.answer.text
    assert any(isinstance(one, NoticeRaised) for one in events), "the user is told"
    assert app.audit.verify().ok


@pytest.mark.thorough
def test_the_model_process_is_killed(fresh_app: Application) -> None:
    model = fresh_app.models.ready()
    assert model.pid is not None
    events = ask_and_kill(fresh_app, psutil.Process(model.pid))
    check_whole(fresh_app, events)
    finished = events[-1]
    assert isinstance(finished, AnswerFinished)
    assert "Zephyrine" in finished.answer.text, "the restarted model still steers"


@pytest.mark.thorough
def test_the_demo_cloud_is_killed(fresh_app: Application) -> None:
    fresh_app.warm_up()
    (server,) = [one for one in psutil.Process().children() if is_demo_cloud(fresh_app, one)]
    check_whole(fresh_app, ask_and_kill(fresh_app, server))


def is_demo_cloud(app: Application, process: psutil.Process) -> bool:
    running = app._demo._running
    return running is not None and process.pid == running.process_id


FACT, MEMORY = "My sister is called Zephyrine.", "She moved to Tromso in the spring."
LETTER = "Dear Ottoline, the alpacas arrived on the eleventh and ate the hedge."
QUESTION = "Tell me a very long story."


@pytest.mark.thorough
def test_the_application_is_killed(tmp_path: Path, keychain: dict[str, str]) -> None:
    """What was told is stored; and no file of its home, nor of its temporary folder, tells what that is."""
    home, letter = tmp_path / "home", tmp_path / "letter.txt"
    letter.write_text(LETTER, encoding="utf-8")
    for one in (home, home / "tmp"):
        one.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.answering", str(letter), FACT, MEMORY, QUESTION],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **keychain, "COSTEER_HOME": str(home), "TMPDIR": str(home / "tmp")},
    ) as running:
        assert running.stdout is not None
        seen = running.stdout.read(60)  # the answer is under way, for longer than the journal's period
        family = psutil.Process(running.pid).children(recursive=True)
        assert len(family) >= 2, "the model process and the demo cloud"
        running.kill()
        running.wait(10)
    _, left = psutil.wait_procs(family, timeout=10)
    assert not left, "no process is left behind"
    check_unreadable(home, FACT, MEMORY, LETTER, QUESTION, seen.decode("utf-8", "ignore")[:30])
    with open_application(paths_in(home)) as app:
        (conversation,) = app.chat.conversations()
        question, answer = app.chat.thread(conversation.id)
        assert question.text == QUESTION
        assert app.documents.of_conversation(conversation.id) != []
        assert answer.state == "interrupted"
        assert answer.text
        assert seen.decode("utf-8", "ignore").startswith(answer.text[:20])
        assert len(app.chat.traces(answer.id)) == len(answer.tokens)
        assert app.audit.verify().ok
        options = dataclasses.replace(STEERED, max_tokens=4)
        finished = list(app.chat.continue_answer(answer.id, options, CancelToken()))[-1]
        assert isinstance(finished, AnswerFinished)
        assert finished.answer.text.startswith(answer.text)
        assert finished.answer.state == "complete"


def check_unreadable(home: Path, *secrets: str) -> None:
    """Nothing of `secrets` is in any file below `home`, as it is, as JSON or as UTF-16, whole or in parts."""
    files = [one for one in home.rglob("*") if one.is_file()]
    assert any(one.name.endswith("-wal") and one.stat().st_size > 0 for one in files), (
        "it was killed while it wrote"
    )
    for file in files:
        data = file.read_bytes()
        for secret in secrets:
            middle = secret[len(secret) // 4 :][:16]  # of a text that is cut by the end of a page
            for form in (secret, secret[:16], middle, json.dumps(secret)[1:17]):
                for encoding in ("utf-8", "utf-16-le"):
                    assert form.encode(encoding) not in data, (file, form)
