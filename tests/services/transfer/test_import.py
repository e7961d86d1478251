"""Files of other programs become conversations: all that can be, none twice, and nothing that harms."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.services.transfer.exports import ChatGpt, Json, as_list, open_webui, write

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress
from costeer.services.transfer import TransferService, sources
from costeer.storage.repositories import ConversationRepository


def chats(count: int, first: int = 0) -> list[Json]:
    return [ChatGpt(number, f"Chat {number}").talk(2).value() for number in range(first, first + count)]


def zipped(file: Path, members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def test_chatgpt_zip(tmp_path: Path, transfer: TransferService, conversations: ConversationRepository) -> None:
    file = zipped(
        tmp_path / "a1b2-2026-02-28.zip",
        {
            "chat.html": "<html>[{</html>",
            "user.json": '{"id": "user-1", "email": "someone@example.org"}',
            "message_feedback.json": '[{"id": "1", "rating": "thumbs_up"}]',
            "shared_conversations.json": json.dumps([{"id": str(n), "title": "x"} for n in range(50)]),
            "conversations.json": "".join(as_list(chats(3))),
            "__MACOSX/._conversations.json": b"\x00\x05\x16\x07",
            "file-1.png": b"\x89PNG",
        },
    )
    report = transfer.import_files([file])
    assert [one.title for one in report.imported] == ["Chat 0", "Chat 1", "Chat 2"]
    assert (report.already_there, report.broken, report.failed, report.stopped) == (0, (), (), False)
    assert [one.title for one in conversations.list()] == ["Chat 2", "Chat 1", "Chat 0"]
    thread = conversations.thread(report.imported[0].id)
    assert [one.role for one in thread] == ["user", "assistant"] * 2
    assert {one.state for one in thread} == {"complete"}
    assert conversations.list()[0].titled_by == "user"


def test_chatgpt_zip_in_parts(tmp_path: Path, transfer: TransferService) -> None:
    members: dict[str, str | bytes] = {
        f"export/conversations-{part:03}.json": "".join(as_list(chats(2, 2 * part))) for part in range(3)
    }
    report = transfer.import_files([zipped(tmp_path / "x.zip", members)])
    assert [one.title for one in report.imported] == [f"Chat {number}" for number in range(6)]


def test_parts_on_their_own_under_any_name(tmp_path: Path, transfer: TransferService) -> None:
    files = [write(tmp_path / f"part {n}.txt", chats(2, 2 * n)) for n in range(3)]
    files.append(write(tmp_path / "chatgpt.json", [open_webui(n) for n in range(2)]))
    report = transfer.import_files(files)
    assert len(report.imported) == 8


def test_a_single_conversation(tmp_path: Path, transfer: TransferService) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(json.dumps(ChatGpt(1).talk(1).value(), indent=2), encoding="utf-8-sig")
    other.write_text(json.dumps(open_webui(1)), encoding="utf-8")
    assert len(transfer.import_files([one, other]).imported) == 2


def test_nothing_is_imported_twice(
    tmp_path: Path, transfer: TransferService, conversations: ConversationRepository
) -> None:
    file = write(tmp_path / "a.json", [*chats(3), *chats(1)])
    report = transfer.import_files([file])
    assert (len(report.imported), report.already_there) == (3, 1)
    conversations.add_message(report.imported[0].id, None, "user", "It is continued here.")
    conversations.rename(report.imported[1].id, "Another title")
    again = transfer.import_files([file, file])
    assert (again.imported, again.already_there) == ((), 8)
    grown = ChatGpt(1, "Chat 1").talk(2)
    renamed = {**grown.value(), "title": "Renamed there", "update_time": 1_800_000_000}
    assert transfer.import_files([write(tmp_path / "b.json", [renamed])]).already_there == 1
    grown.turn("More?", "More.")
    newer = transfer.import_files([write(tmp_path / "c.json", [grown.value()])])
    assert len(newer.imported) == 1


def test_what_was_thrown_away_comes_back(
    tmp_path: Path, transfer: TransferService, conversations: ConversationRepository
) -> None:
    file = write(tmp_path / "a.json", chats(2))
    first, second = transfer.import_files([file]).imported
    conversations.discard(first.id)
    report = transfer.import_files([file])
    assert (report.imported, report.already_there) == ((first,), 1)
    assert {one.id for one in conversations.list()} == {first.id, second.id}


def test_two_that_tell_no_id_are_two(tmp_path: Path, transfer: TransferService) -> None:
    both = [{**ChatGpt(1).talk(1).value(), "id": None, "conversation_id": None, "title": title} for title in "ab"]
    report = transfer.import_files([write(tmp_path / "a.json", both)])
    assert len(report.imported) == 2
    assert transfer.import_files([tmp_path / "a.json"]).already_there == 2


def test_a_broken_conversation_is_told_and_the_others_are_imported(
    tmp_path: Path, transfer: TransferService, conversations: ConversationRepository
) -> None:
    good = [json.dumps(one) for one in chats(3)]
    circle = ChatGpt(7, "Round")
    question, answer = circle.turn("a", "b")
    circle.mapping[question]["parent"] = answer
    empty = ChatGpt(8, "Empty").value()
    texts = [
        good[0],
        '{"mapping": oops}',
        json.dumps(circle.value()),
        good[1],
        json.dumps(empty),
        '{"x": 1}',
        good[2],
    ]
    file = tmp_path / "a.json"
    file.write_text("[" + ",\n".join(texts) + "]", encoding="utf-8")
    report = transfer.import_files([file])
    assert [one.title for one in report.imported] == ["Chat 0", "Chat 1", "Chat 2"]
    told = sorted((one.place, one.title, str(one.reason)) for one in report.broken)
    assert told == [
        (2, "", "it is not valid JSON"),
        (3, "Round", "its messages answer each other in a circle"),
        (5, "Empty", "nothing was said in it"),
        (6, "", "it is no conversation that is known here"),
    ]
    assert report.broken_count == 4
    assert {one.file for one in report.broken} == {"a.json"}
    assert len(conversations.list()) == 3


def test_a_file_that_was_cut_off(tmp_path: Path, transfer: TransferService) -> None:
    whole = "".join(as_list(chats(3)))
    file = tmp_path / "a.json"
    file.write_text(whole[: -len(whole) // 5], encoding="utf-8")
    report = transfer.import_files([file])
    assert len(report.imported) == 2
    assert "ends in the middle" in str(report.failed[0].sentence)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"null", b"Dear diary", b'{"a": [{"b": 1}]}', b"PK\x03\x04broken", b"\x00" * 999]
)
def test_what_holds_no_conversations_is_told(tmp_path: Path, transfer: TransferService, data: bytes) -> None:
    strange, good = tmp_path / "strange.json", write(tmp_path / "good.json", chats(1))
    strange.write_bytes(data)
    report = transfer.import_files([strange, good])
    assert len(report.imported) == 1
    assert [one.file for one in report.failed] == ["strange.json"]
    assert str(report.failed[0].sentence).startswith("strange.json ")


def test_a_file_of_strangers_is_not_read_to_its_end(tmp_path: Path, transfer: TransferService) -> None:
    seen: list[int] = []
    file = write(tmp_path / "a.json", ({"number": n, "text": "x" * 1000} for n in range(5000)))
    report = transfer.import_files([file], lambda progress: seen.append(progress.done))
    assert report.failed
    assert report.broken_count == 0
    assert seen[-1] < file.stat().st_size / 2


def test_files_that_cannot_be_read(tmp_path: Path, transfer: TransferService) -> None:
    (tmp_path / "empty.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    report = transfer.import_files([tmp_path / "none.json", tmp_path, tmp_path / "empty.zip"])
    assert [str(one.sentence).split(";")[1] for one in report.failed] == [
        " check its name.",
        " choose the files in it.",
        " choose the zip that the export gave.",
    ]


def test_progress_and_stopping(
    tmp_path: Path, transfer: TransferService, conversations: ConversationRepository
) -> None:
    file = write(tmp_path / "a.json", (ChatGpt(n).talk(2, 2000).value() for n in range(60)))
    told: list[Progress] = []
    cancel = CancelToken()

    def hear(progress: Progress) -> None:
        told.append(progress)
        if progress.done > file.stat().st_size / 2:
            cancel.cancel()

    report = transfer.import_files([file, file], hear, cancel)
    assert report.stopped
    assert 0 < len(report.imported) < 60
    assert {one.id for one in report.imported} == {one.id for one in conversations.list()}
    assert all(len(conversations.thread(one.id)) == 4 for one in report.imported)
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert {one.total for one in told} == {file.stat().st_size}
    rest = transfer.import_files([file])
    assert len(rest.imported) + len(report.imported) == 60


def test_a_zip_bomb_is_read_no_further_than_its_bounds(
    tmp_path: Path, transfer: TransferService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "LARGEST_FILE", 3_000_000)
    declared = zipped(tmp_path / "declared.zip", {"conversations.json": b"[" + b" " * 4_000_000 + b"]"})
    assert "declares more than" in str(transfer.import_files([declared]).failed[0].sentence)
    in_parts = zipped(tmp_path / "parts.zip", {f"{n}.json": b"[" + b" " * 2_000_000 for n in range(3)})
    assert "declares more than" in str(transfer.import_files([in_parts]).failed[0].sentence)
    lying = tmp_path / "lying.zip"
    data = declared.read_bytes()
    assert data.count(struct.pack("<I", 4_000_002)) == 2
    lying.write_bytes(data.replace(struct.pack("<I", 4_000_002), struct.pack("<I", 1000)))
    told: list[int] = []
    report = transfer.import_files([lying], lambda progress: told.append(progress.done))
    assert report.failed
    assert max(told, default=0) <= 3_000_000
    plain = tmp_path / "plain.json"
    plain.write_bytes(b"[" + b" " * 4_000_000 + b"]")
    assert "holds more than" in str(transfer.import_files([plain]).failed[0].sentence)


def test_a_zip_whose_list_of_files_is_absurd(
    tmp_path: Path, transfer: TransferService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_LARGEST_DIRECTORY", 100_000)
    members: dict[str, str | bytes] = {f"{n:0200}.json": b"" for n in range(1000)}
    report = transfer.import_files([zipped(tmp_path / "a.zip", members)])
    assert "absurd size" in str(report.failed[0].sentence)


def test_zips_that_are_damaged_encrypted_or_packed_unusually(tmp_path: Path, transfer: TransferService) -> None:
    text = "".join(as_list(chats(50)))
    good = zipped(tmp_path / "good.zip", {"conversations.json": text}).read_bytes()
    half = len(good) // 2
    damaged, cut, encrypted = tmp_path / "damaged.zip", tmp_path / "cut.zip", tmp_path / "encrypted.zip"
    damaged.write_bytes(good[:half] + bytes(200) + good[half + 200 :])
    cut.write_bytes(good[:half])
    flags = bytearray(good)
    flags[6] |= 1
    flags[good.rindex(b"PK\x01\x02") + 8] |= 1
    encrypted.write_bytes(flags)
    unusual = zipped(tmp_path / "unusual.zip", {"conversations.json": text}, zipfile.ZIP_LZMA)
    report = transfer.import_files([damaged, cut, encrypted, unusual])
    assert [one.file for one in report.failed] == ["damaged.zip", "cut.zip", "encrypted.zip", "unusual.zip"]
    assert "encrypted" in str(report.failed[2].sentence)
    assert "unusual way" in str(report.failed[3].sentence)


def test_names_in_a_zip_reach_no_file(tmp_path: Path, transfer: TransferService) -> None:
    text = "".join(as_list(chats(1)))
    before = sorted(tmp_path.rglob("*"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../\x1b[2J.json", text[:-1])
    file = tmp_path / "a.zip"
    file.write_bytes(buffer.getvalue())
    report = transfer.import_files([file])
    assert len(report.imported) == 1
    assert "\x1b" not in str(report.failed[0].sentence)  # it may be shown in a terminal
    assert sorted(tmp_path.rglob("*.json")) == [one for one in before if one.suffix == ".json"]


@pytest.mark.slow
def test_a_conversation_of_50_000_messages(
    tmp_path: Path, transfer: TransferService, conversations: ConversationRepository
) -> None:
    made = ChatGpt()
    for number in range(25_000):
        made.turn(f"Question {number}", f"Answer {number}")
    report = transfer.import_files([write(tmp_path / "a.json", [made.value()])])
    assert report.broken == ()
    thread = conversations.thread(report.imported[0].id)
    assert [one.text for one in thread[-2:]] == ["Question 24999", "Answer 24999"]
    assert len(thread) == 50_000


_MEASURE = """
import resource, sys
from pathlib import Path
from costeer.services.transfer import TransferService
from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository
from costeer.storage.repositories.import_tree import TreeRepository

with Database.open(Path(sys.argv[1])) as database:
    service = TransferService(ConversationRepository(database), TreeRepository(database))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = service.import_files([Path(sys.argv[2])])
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert not report.failed, report.failed
print(len(report.imported), (after - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """30 MB cost what its largest conversation costs. (300 MB cost the same; see docs/import-export.md.)"""
    file = write(tmp_path / "a.json", (ChatGpt(n).talk(12, 60).value() for n in range(700)))
    assert file.stat().st_size > 25_000_000
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(tmp_path / "db.sqlite3"), str(file)],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    imported, megabytes = map(int, done.stdout.split())
    assert imported == 700
    assert megabytes < 30
