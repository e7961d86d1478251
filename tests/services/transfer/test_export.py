"""What is written can be read: by people, by every file system, and by the import, which brings back all of it."""

from __future__ import annotations

import itertools
import json
import os
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, KnownError, StorageError
from costeer.foundation.progress import Progress
from costeer.foundation.translatable import Translatable
from costeer.services.transfer import ExportFormat, TransferService, markdown
from costeer.services.transfer.names import FileNames
from costeer.services.transfer.tree import ConversationTree, TreeMessage
from costeer.storage.database import Database
from costeer.storage.records import AnswerFigures
from costeer.storage.repositories import ConversationRepository
from costeer.storage.repositories.import_tree import TreeRepository

WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def talked(conversations: ConversationRepository) -> str:
    """A conversation with a branch, a stopped answer with figures, and half a character."""
    made = conversations.create("Fjords & <harbours>")
    question = conversations.add_message(made.id, None, "user", "What is a fjord?\n\n```py\nprint('hm')")
    first = conversations.add_message(made.id, question.id, "assistant", "Deep \ud800.")
    conversations.update_answer(first.id, "Deep \ud800.", [1, 2, 3], "stopped", Translatable("You stopped it."))
    figures = AnswerFigures(tokens=3, leak_bits=0.1, signals=("profile",), written_by="demo SmolLM2", tier="D")
    conversations.set_figures(first.id, figures)
    conversations.add_message(made.id, question.id, "assistant", "", "writing")
    conversations.activate(first.id)
    conversations.pin(made.id, True)
    conversations.move(made.id, "Geography")
    return made.id


def test_our_own_json_brings_all_of_it_back_into_another_database(
    tmp_path: Path, transfer: TransferService, talked: str, database: Database
) -> None:
    file = tmp_path / "all.json"
    assert transfer.export_to_file(file, "json").conversations == 1
    with Database.open(tmp_path / "other.sqlite3") as other:
        there = TransferService(ConversationRepository(other), TreeRepository(other))
        report = there.import_files([file])
        assert [one.id for one in report.imported] == [talked]
        before, after = TreeRepository(database).read(talked), TreeRepository(other).read(talked)
        assert before.messages[2].state == "writing"
        assert after.messages[2].state == "interrupted"  # nobody is writing it there
        assert after.messages[:2] == before.messages[:2]
        assert (after.figures, after.active_leaf) == (before.figures, before.active_leaf)
        one, same = before.conversation, after.conversation
        assert (same.title, same.created, same.changed, same.pinned, same.folder) == (
            *(one.title, one.created, one.changed, one.pinned, one.folder),
        )
        again = tmp_path / "again.json"
        there.export_to_file(again, "json")
        assert again.read_bytes() == file.read_bytes().replace(b'"writing"', b'"interrupted"')


def test_our_own_json_is_already_there(
    tmp_path: Path, transfer: TransferService, talked: str, conversations: ConversationRepository
) -> None:
    file = tmp_path / "all.json"
    transfer.export_to_file(file, "json")
    assert transfer.import_files([file]).already_there == 1
    leaf = conversations.thread(talked)[-1]
    conversations.add_message(talked, leaf.id, "user", "It goes on.")
    assert transfer.import_files([file]).already_there == 1
    conversations.discard(talked)
    assert [one.id for one in transfer.import_files([file]).imported] == [talked]
    changed = file.read_text(encoding="utf-8").replace("What is a fjord?", "What is a skerry?")
    (tmp_path / "changed.json").write_text(changed, encoding="utf-8")
    (copy,) = transfer.import_files([tmp_path / "changed.json"]).imported
    assert copy.id != talked
    assert conversations.thread(talked)[0].text.startswith("What is a fjord?")
    assert conversations.thread(copy.id)[0].text.startswith("What is a skerry?")
    assert transfer.import_files([tmp_path / "changed.json"]).already_there == 1


def test_ids_that_are_taken_or_are_none_of_ours_are_made_anew(
    tmp_path: Path, transfer: TransferService, talked: str, conversations: ConversationRepository
) -> None:
    """A file cannot put itself in the place of a message that is there, by which the ledger is read."""
    transfer.export_to_file(tmp_path / "a.json", "json")
    value = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    value["conversations"][0]["id"] = "f" * 32
    (tmp_path / "b.json").write_text(json.dumps(value), encoding="utf-8")
    value["conversations"][0]["id"] = "../../etc/passwd"
    (tmp_path / "c.json").write_text(json.dumps(value), encoding="utf-8")
    report = transfer.import_files([tmp_path / "b.json", tmp_path / "c.json"])
    assert len(report.imported) == 2
    own = {one.id for one in conversations.thread(talked)}
    for one in report.imported:
        assert one.id not in ("f" * 32, "../../etc/passwd")
        assert not own & {each.id for each in conversations.thread(one.id)}
    assert transfer.import_files([tmp_path / "b.json", tmp_path / "c.json"]).already_there == 2


def test_markdown(tmp_path: Path, transfer: TransferService, talked: str) -> None:
    file = tmp_path / "fjords.md"
    transfer.export_to_file(file, "markdown", [talked])
    text = file.read_text(encoding="utf-8")
    lines = text.split("\n")
    assert lines[0] == r"# Fjords \& \<harbours\>"
    assert lines[2].endswith(" UTC")
    assert text.endswith("```py\nprint('hm')\n```\n\n## Assistant (demo SmolLM2)\n\nDeep ?.\n")


def headings(document: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse(document)
    return [after.content for one, after in itertools.pairwise(tokens) if one.type == "heading_open"]


def document(*texts: str) -> str:
    messages = []
    for place, text in enumerate(texts):
        parent = str(place - 1) if place else None
        messages.append(TreeMessage(str(place), parent, "assistant" if place % 2 else "user", text, WHEN))
    leaf = str(len(texts) - 1)
    return markdown.document(ConversationTree("costeer", "c", "Title", WHEN, WHEN, tuple(messages), leaf))


@pytest.mark.parametrize(
    "text",
    [
        "```py\nx = 1",
        "~~~~\n```\n~~~",
        "````md\n```\ninside\n```\n````",
        "````md\n```\ninside",
        "1. do\n   ```sh\nls\n```",
        "- a\n  ```\n  b",
        "> ```\n> x",
        "   ```\n x",
        "a ``` b",
        "<!-- not closed\n\nmore",
        "<script>\nx",
        "<?php",
        "<![CDATA[ x",
        "<!DOCTYPE",
        "```\n<!--",
        "<!--\n```",
        "<pre>\n```\n</pre>\n```",
        "| a |\n|---|\n```",
        "```\r\nx",
        "a\n===\n```",
    ],
)
def test_what_a_text_leaves_open_swallows_nothing(text: str) -> None:
    made = document(text, "The answer.", text)
    found = [one for one in headings(made) if one in ("Title", "You", "Assistant")]
    assert found == ["Title", "You", "Assistant", "You"]
    assert made.count(text.strip("\n")) == 2


@given(
    st.lists(st.sampled_from(["```", "~~~", "````", "x", "", "> ", "- ", "1. ", "    ", "<!--", "-->", "<pre>"]))
)
def test_no_text_swallows_the_next_heading(lines: list[str]) -> None:
    assert headings(document("\n".join(lines), "x"))[-1] == "Assistant"
    assert headings(document("".join(lines), "x"))[-1] == "Assistant"


@given(st.text())
def test_code_stays_in_its_fence(code: str) -> None:
    code = code.replace("\r", "").replace("\x00", "")  # Markdown reads these as something else
    (token,) = MarkdownIt("commonmark").parse(markdown.fenced(f"a{code}", "py"))
    assert token.type == "fence"
    assert token.content.rstrip("\n") == f"a{code}".rstrip("\n")


@pytest.mark.parametrize(("form", "suffix"), [("markdown", ".md"), ("json", ".json")])
def test_a_folder_with_a_file_for_each(
    tmp_path: Path,
    transfer: TransferService,
    conversations: ConversationRepository,
    form: ExportFormat,
    suffix: str,
) -> None:
    for title in ("Tea", "tea", "Tea", "a/b: <c>?", "con", ""):
        made = conversations.create(title)
        conversations.add_message(made.id, None, "user", f"About {title}")
    folder = tmp_path / "deep" / "down"
    report = transfer.export_to_folder(folder, form)
    expected = {"Tea", "tea (2)", "Tea (3)", "a b c", "_con", "Conversation"}
    assert {one.casefold() for one in expected} == {one.stem.casefold() for one in report.files}
    assert {one.suffix for one in report.files} == {suffix}
    assert sorted(folder.iterdir()) == sorted(report.files)
    before = {one: one.read_bytes() for one in report.files}
    again = transfer.export_to_folder(folder, form)
    assert not set(again.files) & set(report.files)
    assert {one: one.read_bytes() for one in report.files} == before
    if form == "json":
        assert transfer.import_files(report.files).already_there == 6


def test_one_file_of_all_as_markdown(
    tmp_path: Path, transfer: TransferService, conversations: ConversationRepository
) -> None:
    for title in ("One", "Two"):
        conversations.add_message(conversations.create(title).id, None, "user", "```")
    transfer.export_to_file(tmp_path / "all.md", "markdown")
    assert headings((tmp_path / "all.md").read_text(encoding="utf-8")) == ["Two", "You", "One", "You"]


def test_a_file_that_is_there_stays(tmp_path: Path, transfer: TransferService, talked: str) -> None:
    file = tmp_path / "a.md"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match="already there"):
        transfer.export_to_file(file, "markdown", [talked])
    assert file.read_text(encoding="utf-8") == "mine"
    transfer.export_to_file(file, "markdown", [talked], overwrite=True)
    assert file.read_text(encoding="utf-8").startswith("# Fjords")


def test_nothing_is_left_of_an_export_that_failed(
    tmp_path: Path, transfer: TransferService, talked: str, conversations: ConversationRepository
) -> None:
    file = tmp_path / "a.json"
    with pytest.raises(StorageError):
        transfer.export_to_file(file, "json", [talked, "gone"])
    cancel = CancelToken()
    for title in ("second", "third"):
        conversations.create(title)

    def stop(progress: Progress) -> None:
        if progress.done == 1:
            cancel.cancel()

    with pytest.raises(Cancelled):
        transfer.export_to_file(file, "json", progress=stop, cancel=cancel)
    assert not [one for one in tmp_path.iterdir() if "a.json" in one.name]


def test_nothing_to_export_and_nowhere_to_write(tmp_path: Path, transfer: TransferService) -> None:
    with pytest.raises(BadInput, match="no conversations"):
        transfer.export_to_folder(tmp_path, "json")


def test_a_place_that_cannot_be_written(tmp_path: Path, transfer: TransferService, talked: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(KnownError, match="cannot be written"):
        transfer.export_to_folder(tmp_path / "file", "json")
    with pytest.raises(KnownError, match="cannot be written"):
        transfer.export_to_file(tmp_path / "none" / "a.json", "json")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_only_the_user_reads_an_export(tmp_path: Path, transfer: TransferService, talked: str) -> None:
    transfer.export_to_file(tmp_path / "a.json", "json")
    assert os.stat(tmp_path / "a.json").st_mode & 0o077 == 0


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=())), max_size=8))
def test_every_title_makes_a_name_of_its_own_that_every_system_takes(titles: list[str]) -> None:
    names = FileNames(["Conversation.md"])
    found = [names.name(one, ".md") for one in [*titles, *titles]]
    assert len({unicodedata.normalize("NFD", one).casefold() for one in found}) == len(found)
    for one in found:
        assert one.endswith(".md")
        assert len(one.encode()) <= 130
        assert not set(one) & set('<>:"/\\|?*')
        assert not any(unicodedata.category(each).startswith("C") for each in one)
        assert one[0] not in ". -~"
        assert one[-4] not in ". "


@pytest.mark.parametrize("title", ["CON", "nul.txt", "Com1", "LPT³", "aux.", "prn .md", "CONIN$", "com9.tar.gz"])
def test_names_of_devices_are_not_given(title: str) -> None:
    assert FileNames([]).name(title, ".md").startswith("_")
    assert FileNames([]).name("console", ".md") == "console.md"


def test_long_titles_are_cut_between_characters() -> None:
    assert FileNames([]).name("é" * 500, ".md") == "é" * 58 + ".md"
    assert FileNames([]).name("🙂" * 500, ".json") == "🙂" * 28 + ".json"
