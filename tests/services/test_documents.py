"""Files become documents: private ones steer and are recognised, public ones are sent. With the demo cloud."""

from __future__ import annotations

import dataclasses
import io
import json
import random
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from tests.services.pdf_material import assembled, pdf

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, StorageError, TransmissionRefused
from costeer.foundation.paths import AppPaths
from costeer.personalization.profile import Profile
from costeer.services.documents.files import LONGEST_TEXT, read_file
from costeer.services.documents.pdf import PdfLimits, extract, pdf_text
from costeer.services.documents.service import MOST_DOCUMENTS
from costeer.services.events import AnswerEvent, AnswerFinished
from costeer.services.options import AskOptions

SECRET = "The rent for the boathouse in Tromso is paid to Zephyrine on the third of each month."
OPEN = "The opening hours of the library are from nine to five on working days."
SHORT = AskOptions(max_tokens=3, profile=Profile())


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Application]:
    with open_application(AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))) as opened:
        yield opened


def written(folder: Path, name: str, data: bytes | str) -> Path:
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return file


def answered(events: Iterator[AnswerEvent]) -> AnswerFinished:
    *_, finished = events
    assert isinstance(finished, AnswerFinished)
    return finished


def sent(app: Application, message_id: str) -> list[str]:
    entries = app.audit.entries(message_id=message_id, newest=1000)
    return [one.record.body for one in entries if one.record.kind == "request"]


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.txt", "Hello\r\n\tyou\x07.\n", "Hello\n\tyou."),
        ("a.md", "\ufeff# Título", "# Título"),
        ("notes", "plain", "plain"),
        ("utf16.txt", "Grüße".encode("utf-16"), "Grüße"),
        ("a.pdf", pdf(["First (page)", "", "Third page"]), "First (page)\n\nThird page"),
        ("misnamed.txt", pdf(["Hello"]), "Hello"),
    ],
)
def test_text_markdown_and_pdf_are_read(tmp_path: Path, name: str, data: bytes | str, text: str) -> None:
    read = read_file(written(tmp_path, name, data))
    assert (read.name, read.text) == (name, text)


def protected() -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(pdf(["Hello"]))))
    writer.encrypt("secret")
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


def bomb() -> bytes:
    """A page of a few kilobytes that unpacks to 300 MB."""
    packed = zlib.compress(b"BT (x) Tj ET " * 25_000_000, 9)
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 3 0 R >>"
    return assembled(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>", stream, page]
    )


def endless() -> bytes:
    """A tree of pages that is its own branch."""
    return assembled([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"])


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"\xff\xfe\xff", "neither UTF-8 text nor a PDF"),
        ("a.bin", b"MZ\x00\x01", "neither UTF-8 text nor a PDF"),
        ("a.txt", b" \n\t\n", "holds no text"),
        ("a.txt", b"", "holds no text"),
        ("a.txt", b"x" * (LONGEST_TEXT + 1), "1000000 are allowed"),
        ("a.pdf", b"no PDF", "damaged or no PDF"),
        ("a.pdf", b"%PDF-1.7\nnothing", "damaged or no PDF"),
        ("a.pdf", pdf(["Hello"])[:200], "damaged or no PDF"),
        ("a.pdf", pdf([""]), "only pictures"),
        ("a.pdf", pdf(["x"] * 1001), "more than 1000 pages"),
        ("a.pdf", protected(), "password"),
        ("a.pdf", endless(), "."),
        ("a.pdf", bomb(), "."),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        read_file(written(tmp_path, name, data))
    assert name in caught.value.user_message
    assert "\n" not in caught.value.user_message


def test_a_path_that_is_no_file_is_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.txt", tmp_path / "nul\x00.txt", tmp_path / ("x" * 5000)):
        with pytest.raises(BadInput):
            read_file(path)


def test_a_file_that_takes_too_long_is_given_up_and_so_is_one_that_nobody_waits_for() -> None:
    with pytest.raises(BadInput, match="longer than 0 seconds"):
        pdf_text("a.pdf", pdf(["Hello"]), PdfLimits(100, seconds=0.01))
    long = pdf(["Hello"] * 5_000)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        pdf_text("a.pdf", long, PdfLimits(10**9, pages=10**6), cancel)


def test_damaged_pdfs_are_read_or_refused() -> None:
    chance = random.Random(3)
    whole = pdf(["One line of text", "and another one"])
    kinds = set()
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        kinds.add(extract(bytes(data), PdfLimits(10_000))[0])
    assert kinds <= {"text", "empty", "broken", "locked", "long", "pages"}
    assert "text" in kinds


@pytest.mark.thorough
def test_documents_wait_for_their_question_and_belong_to_it_then(app: Application, tmp_path: Path) -> None:
    documents, conversation = app.documents, app.chat.create()
    private = documents.add(conversation.id, written(tmp_path, "rent.txt", SECRET), "public")
    assert documents.set_scope(private.id, "private").scope == "private"
    public = documents.add(conversation.id, written(tmp_path, "hours.pdf", pdf([OPEN])), "public")
    unused = documents.add(conversation.id, written(tmp_path, "unused.md", "# Nothing"), "private")
    assert [one.name for one in documents.waiting(conversation.id)] == ["rent.txt", "hours.pdf", "unused.md"]
    assert documents.text(public.id) == OPEN
    finished = answered(
        app.chat.ask(conversation.id, "When is it open?", SHORT, CancelToken(), documents=[private.id, public.id])
    )
    question = app.chat.thread(conversation.id)[0]
    assert question.text == "When is it open?"
    assert {one.name: one.message for one in documents.of_conversation(conversation.id)} == {
        "rent.txt": question.id,
        "hours.pdf": question.id,
        "unused.md": None,
    }
    bodies = sent(app, finished.answer.id)
    asked = json.loads(bodies[-1])["messages"][-1]["content"]
    assert asked == f"When is it open?\n\nDocument “hours.pdf”:\n\n{OPEN}"
    assert not any("boathouse" in one or "Zephyrine" in one for one in bodies)

    # The next question goes on with what was sent before, and the copy of a question has its documents.
    second = answered(app.chat.ask(conversation.id, "And on Sunday?", SHORT, CancelToken()))
    assert OPEN in sent(app, second.answer.id)[-1]
    edited = answered(app.chat.edit(question.id, "Is it open now?", SHORT, CancelToken()))
    assert OPEN in sent(app, edited.answer.id)[-1]
    bare = answered(app.chat.edit(question.id, "Is it open?", SHORT, CancelToken(), documents=[]))
    assert OPEN not in sent(app, bare.answer.id)[-1]

    with pytest.raises(BadInput, match="part of it"):
        documents.remove(public.id)
    with pytest.raises(StorageError):
        documents.set_scope(public.id, "private")
    with pytest.raises(StorageError, match="document no longer exists"):
        list(app.chat.ask(conversation.id, "Again?", SHORT, CancelToken(), documents=[public.id]))
    documents.remove(unused.id)
    documents.remove(private.id)
    copy = app.chat.duplicate(conversation.id)
    names = [one.name for one in documents.of_conversation(copy.id)]
    assert sorted(names) == ["hours.pdf", "hours.pdf", "rent.txt"]  # those of the edited question too
    app.chat.purge(copy.id)
    app.chat.purge(conversation.id)
    assert documents.private_strings() == ()


def test_the_local_model_is_shown_what_is_like_the_question(app: Application, tmp_path: Path) -> None:
    conversation = app.chat.create()
    filler = "Nothing of what stands here is about anything at all, as one can see.\n" * 40
    file = written(tmp_path, "rent.txt", filler + SECRET + "\n" + filler)
    private = app.documents.add(conversation.id, file, "private")
    options = AskOptions(max_tokens=8, profile=Profile())
    finished = answered(
        app.chat.ask(conversation.id, "Who gets the rent of my boathouse?", options, CancelToken(), [private.id])
    )
    assert finished.figures.signals  # there is no profile: the document alone steers
    thread = app.chat.thread(conversation.id)
    ((name, passage), *_) = app.documents.private_passages([thread[0]])
    assert name == "rent.txt"
    assert "boathouse" in passage
    assert not any("Zephyrine" in one or "Nothing of what" in one for one in sent(app, finished.answer.id)[-2:])
    app.chat.purge(conversation.id)


def test_a_sentence_of_a_private_document_is_not_sent(app: Application, tmp_path: Path) -> None:
    conversation = app.chat.create()
    file = written(tmp_path, "rent.txt", f"Dear all,\n{SECRET}\nBye.")
    app.documents.add(conversation.id, file, "private")
    quoting = f"Is this right: {SECRET.upper()}?"
    with pytest.raises(TransmissionRefused, match="private text"):
        list(
            app.chat.ask(conversation.id, quoting, dataclasses.replace(SHORT, when_found="refuse"), CancelToken())
        )
    assert app.chat.thread(conversation.id) == []
    finished = answered(app.chat.ask(conversation.id, quoting, SHORT, CancelToken()))
    assert any("Is this right: [TEXT_1]" in one for one in sent(app, finished.answer.id))
    assert not any("boathouse" in one.lower() for one in sent(app, finished.answer.id))
    answered(app.chat.ask(conversation.id, "Dear all, bye.", SHORT, CancelToken()))
    app.chat.purge(conversation.id)


def test_documents_of_temporary_chats_are_private_and_are_gone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    paths = AppPaths(*(home / one for one in ("config", "data", "cache", "log")))
    with open_application(paths) as app:
        conversation = app.chat.create(temporary=True)
        document = app.documents.add(conversation.id, written(tmp_path, "rent.txt", SECRET), "private")
        assert app.documents.text(document.id) == SECRET
        assert app.documents.private_strings() == (SECRET.rstrip("."),)
    assert not any(b"boathouse" in one.read_bytes() for one in home.rglob("*") if one.is_file())


def test_a_question_with_its_public_documents_is_bounded(quiet: Application, tmp_path: Path) -> None:
    conversation = quiet.chat.create()
    file = written(tmp_path, "a.txt", "x" * LONGEST_TEXT)
    added = [quiet.documents.add(conversation.id, file, "public").id for _ in range(3)]
    with pytest.raises(BadInput, match="with its documents has 3000003"):
        quiet.chat.ask(conversation.id, "Hm?", SHORT, CancelToken(), added)
    assert quiet.chat.thread(conversation.id) == []
    with pytest.raises(StorageError, match="document no longer exists"):
        quiet.chat.ask(conversation.id, "Hm?", SHORT, CancelToken(), ["0" * 32])


def test_the_number_of_waiting_documents_is_bounded(quiet: Application, tmp_path: Path) -> None:
    conversation = quiet.chat.create()
    file = written(tmp_path, "a.txt", "x")
    for _ in range(MOST_DOCUMENTS):
        quiet.documents.add(conversation.id, file, "private")
    with pytest.raises(BadInput, match="20 documents"):
        quiet.documents.add(conversation.id, file, "private")
    with pytest.raises(StorageError, match="no longer exists"):
        quiet.documents.add("0" * 32, file, "private")
    with pytest.raises(StorageError, match="no longer exists"):
        quiet.documents.text("0" * 32)
