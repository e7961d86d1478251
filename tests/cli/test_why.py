"""`costeer why` on a steered answer."""

from __future__ import annotations

import pytest
from tests.cli.commands import as_json

from costeer.bootstrap import open_application
from costeer.cli.main import run

NAMED = "My sister is called Zephyrine."


@pytest.mark.thorough
def test_why(capsys: pytest.CaptureFixture[str]) -> None:
    as_json(["profile", "add", NAMED], capsys)
    as_json(["profile", "add", "I live in Tromso."], capsys)
    as_json(["ask", "Write a two-line birthday note to my sister.", "--max-tokens", "16"], capsys)
    with open_application() as app:
        (conversation,) = app.chat.conversations()
        answer = app.chat.thread(conversation.id)[-1]
    requests = len(as_json(["ledger", "list"], capsys)["entries"])
    words = as_json(["why", answer.id], capsys)["words"]
    named = next(one for one in words if "Zephyrine" in one["text"])
    assert named["causes"][0]["text"] == NAMED
    assert named["moved"]["context"] > 0
    one = as_json(["why", answer.id, "--token", str(named["last"])], capsys)["words"]
    assert [(each["first"], each["last"]) for each in one] == [(named["first"], named["last"])]
    assert run(["why", answer.id]) == 0
    assert NAMED in capsys.readouterr().out
    assert run(["why", answer.id, "--token", "999"]) == 1
    assert "choose one of them" in capsys.readouterr().err
    assert run(["why", "0" * 32]) == 1
    assert "no longer exists" in capsys.readouterr().err
    assert len(as_json(["ledger", "list"], capsys)["entries"]) == requests


@pytest.mark.thorough
def test_memories(capsys: pytest.CaptureFixture[str]) -> None:
    as_json(["ask", "I am vegetarian. What can I cook?", "--offline", "--max-tokens", "2"], capsys)
    with open_application() as app:
        (conversation,) = app.chat.conversations()
    (proposed,) = as_json(["profile", "memories", "--propose", conversation.id[:12]], capsys)["memories"]
    assert (proposed["text"], proposed["state"]) == ("I am vegetarian.", "proposed")
    (approved,) = as_json(["profile", "approve", proposed["id"][:12], "--text", "I eat no meat."], capsys)[
        "memories"
    ]
    assert (approved["text"], approved["state"]) == ("I eat no meat.", "approved")
    (refused,) = as_json(["profile", "refuse", proposed["id"]], capsys)["memories"]
    assert refused["state"] == "refused"
    assert as_json(["profile", "memories", "--state", "approved"], capsys) == {"memories": []}
    assert run(["profile", "memories"]) == 0
    assert "refused" in capsys.readouterr().out
    assert run(["profile", "memories", "--propose", "zz"]) == 1
    assert "no conversation" in capsys.readouterr().err
