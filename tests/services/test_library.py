"""The library of conversations, going through branches, and temporary chats that leave nothing behind."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, StorageError
from costeer.foundation.paths import AppPaths
from costeer.personalization.profile import Profile
from costeer.privacy.recording import NOT_KEPT
from costeer.services.conversation_settings import ConversationSettings
from costeer.services.events import AnswerEvent, AnswerFinished, AnswerStarted
from costeer.services.options import AskOptions

SHORT = AskOptions(enabled=False, max_tokens=3)


def answered(events: Iterator[AnswerEvent]) -> AnswerFinished:
    *_, finished = events
    assert isinstance(finished, AnswerFinished)
    return finished


def ask(app: Application, conversation_id: str, prompt: str, options: AskOptions = SHORT) -> AnswerFinished:
    return answered(app.chat.ask(conversation_id, prompt, options, CancelToken()))


def paths_in(folder: Path) -> AppPaths:
    return AppPaths(folder / "config", folder / "data", folder / "cache", folder / "log")


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Application]:
    """An application that starts no process."""
    with open_application(paths_in(tmp_path)) as opened:
        yield opened


def test_titles_come_from_the_question_until_somebody_knows_better(app: Application) -> None:
    conversation = app.chat.create()
    ask(app, conversation.id, "What is\n a   fjord?")
    assert app.chat.conversation(conversation.id).title == "What is a fjord?"
    assert app.chat.entitle(conversation.id, " Fjords\n").title == "Fjords"
    assert app.chat.entitle(conversation.id, "  ").title == "Fjords"
    app.chat.rename(conversation.id, "Water")
    assert app.chat.entitle(conversation.id, "Fjords").title == "Water"
    named = app.chat.create("Mine")
    ask(app, named.id, "What is a fjord?")
    assert app.chat.conversation(named.id).title == "Mine"


def test_an_edited_question_is_a_sibling_with_an_answer_of_its_own(app: Application) -> None:
    conversation = app.chat.create()
    first = ask(app, conversation.id, "One?")
    ask(app, conversation.id, "Two?")
    question = app.chat.thread(conversation.id)[2]
    events = list(app.chat.edit(question.id, "Three?", SHORT, CancelToken()))
    started = next(one for one in events if isinstance(one, AnswerStarted))
    assert (started.question.text, started.question.parent) == ("Three?", first.answer.id)
    assert [one.text for one in app.chat.thread(conversation.id) if one.role == "user"] == ["One?", "Three?"]
    places = app.chat.branches(conversation.id)
    assert places[question.id] == (0, 2)
    assert places[started.question.id] == (1, 2)
    back = app.chat.switch(started.question.id, 0)
    assert [one.text for one in back if one.role == "user"] == ["One?", "Two?"]
    assert back == app.chat.thread(conversation.id)
    with pytest.raises(BadInput, match="2 versions"):
        app.chat.switch(question.id, 2)
    root = app.chat.thread(conversation.id)[0]
    answered(app.chat.edit(root.id, "Zero?", SHORT, CancelToken()))
    assert [one.text for one in app.chat.thread(conversation.id) if one.role == "user"] == ["Zero?"]
    assert app.chat.show(question.id)[2] == question
    for bad, text in ((first.answer.id, "x"), (question.id, "  ")):
        with pytest.raises(BadInput):
            app.chat.edit(bad, text, SHORT, CancelToken())
    with pytest.raises(BadInput, match="Only an answer"):
        list(app.chat.regenerate(question.id, SHORT, CancelToken()))


def test_deleting_is_undone_and_purging_is_not(quiet: Application) -> None:
    chat = quiet.chat
    conversation = chat.create("Fjords")
    chat.delete(conversation.id)
    assert (chat.conversations(), [one.id for one in chat.bin()]) == ([], [conversation.id])
    assert chat.find("fjords") == []
    chat.restore(conversation.id)
    assert [one.id for one in chat.conversations()] == [conversation.id]
    chat.delete(conversation.id)
    assert chat.empty_bin(timedelta(days=1)) == 0
    assert chat.empty_bin() == 1
    with pytest.raises(StorageError):
        chat.restore(conversation.id)


def test_a_start_empties_the_bin_of_what_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_application(paths_in(tmp_path)) as app:
        app.chat.delete(app.chat.create("Fjords").id)
    with open_application(paths_in(tmp_path)) as app:
        assert len(app.chat.bin()) == 1
    monkeypatch.setattr("costeer.services.housekeeping.BIN_KEPT", timedelta(0))
    open_application(paths_in(tmp_path)).close()  # closing waits for it
    monkeypatch.undo()
    with open_application(paths_in(tmp_path)) as app:
        assert app.chat.bin() == []


def test_folders_titles_and_copies(quiet: Application) -> None:
    chat = quiet.chat
    one = chat.create("One")
    assert chat.move(one.id, "  My\n work ").folder == "My work"
    assert chat.folders() == ["My work"]
    chat.rename_folder("My work", "Work")
    for missing in ("My work", ""):
        with pytest.raises(BadInput, match="no folder"):
            chat.rename_folder(missing, "x")
    chat.rename_folder("Work", " My work")
    assert chat.folders() == ["My work"]
    assert chat.duplicate(one.id).title == "One"
    assert chat.duplicate(one.id, "Two").folder == "My work"
    with pytest.raises(BadInput, match="100 are allowed"):
        chat.move(one.id, "x" * 101)
    with pytest.raises(BadInput, match="200 are allowed"):
        chat.rename(one.id, "x" * 201)
    assert len(chat.conversations()) == 3


def test_each_conversation_may_be_steered_in_its_own_way(quiet: Application) -> None:
    chat = quiet.chat
    one = chat.create("One")
    assert chat.settings(one.id) == ConversationSettings()
    wanted = ConversationSettings(strength=1.5, enabled=False, gains={"style": 2.0})
    chat.change_settings(one.id, wanted)
    assert chat.settings(one.id) == wanted
    options = wanted.applied_to(AskOptions(mixture=0.3))
    assert (options.strength, options.enabled, options.mixture) == (1.5, False, 0.3)
    for bad in (
        dataclasses.replace(wanted, strength=-1.0),
        dataclasses.replace(wanted, mixture=float("nan")),
        dataclasses.replace(wanted, gains={"style": float("inf")}),
        dataclasses.replace(wanted, gains={str(number): 1.0 for number in range(99)}),
    ):
        with pytest.raises(BadInput):
            chat.change_settings(one.id, bad)
    chat.change_settings(one.id, ConversationSettings())
    assert chat.settings(one.id) == ConversationSettings()


@pytest.mark.parametrize(
    "stored", [{"strength": "much"}, {"gains": [1]}, {"gains": {"a": None}}, {"enabled": 1}, {"later": {}}]
)
def test_settings_of_another_version_are_read_as_far_as_they_are_known(stored: dict[str, object]) -> None:
    assert ConversationSettings.read(stored) == ConversationSettings()


@pytest.mark.thorough
def test_a_temporary_chat_leaves_no_byte_on_disk(tmp_path: Path) -> None:
    secret, later = "Gwendolyn's xylophone", "Brunhilde's glockenspiel"
    profile = Profile((("fact", "I play the harpsichord."),))
    with open_application(paths_in(tmp_path)) as app:
        kept = app.chat.create()
        ask(app, kept.id, "Who is Zacharias?")
        temporary = app.chat.create(temporary=True)
        assert temporary.temporary
        finished = ask(app, temporary.id, f"What about {secret}?", AskOptions(profile=profile, max_tokens=12))
        ask(app, temporary.id, f"And {later}?", AskOptions(max_tokens=4))
        again = answered(app.chat.regenerate(finished.answer.id, SHORT, CancelToken()))
        # All of it is there while the application runs, as for any other conversation.
        assert len(app.chat.traces(finished.answer.id)) == finished.figures.tokens
        assert app.chat.figures(finished.answer.id) == finished.figures
        assert [one.id for one in app.chat.conversations()] == [temporary.id, kept.id]
        assert [one.conversation for one in app.chat.find("xylo")] == [temporary.id, temporary.id]
        assert app.chat.branches(temporary.id)[again.answer.id] == (1, 2)
        assert app.chat.duplicate(temporary.id).temporary
        assert finished.figures.requests > 0
        records = [one.record for one in app.audit.entries(message_id=finished.answer.id, newest=1000)]
        assert {one.purpose for one in records} >= {"template", "tokenize", "answer"}
        for one in records:
            assert one.body.startswith(f"{NOT_KEPT}; sha256 ")
            assert one.size > 100
        assert app.audit.in_words(app.audit.entries(message_id=finished.answer.id)[0]) is None
        app.chat.purge(temporary.id)
        assert app.audit.verify().ok
    stored = [file for file in tmp_path.rglob("*") if file.is_file()]
    everything = b"\n".join(file.read_bytes() for file in stored)
    assert b"Zacharias" in everything
    for word in ("Gwendolyn", "xylophone", "Brunhilde", "glockenspiel", "harpsichord"):
        assert word.encode() not in everything
        assert json.dumps(word).encode()[1:-1] not in everything
    if len(finished.answer.text) > 20:
        assert finished.answer.text.encode() not in everything
    with open_application(paths_in(tmp_path)) as app:
        assert [one.id for one in app.chat.conversations()] == [kept.id]
        assert app.audit.verify().ok
        with pytest.raises(StorageError):
            app.chat.thread(temporary.id)


def test_a_temporary_chat_that_is_purged_while_it_is_answered_stays_off_the_record(tmp_path: Path) -> None:
    with open_application(paths_in(tmp_path)) as app:
        temporary = app.chat.create(temporary=True)
        events = app.chat.ask(temporary.id, "Tell me of Gwendolyn's xylophone.", SHORT, CancelToken())
        started = next(events)
        assert isinstance(started, AnswerStarted)
        app.chat.purge(temporary.id)
        with pytest.raises(StorageError, match="no longer exists"):
            list(events)
        assert app.audit.verify().ok
    everything = b"".join(one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())
    assert b"xylophone" not in everything
