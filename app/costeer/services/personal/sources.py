"""Where the user's writing is found: each reader gives pairs of what was asked for and the text.

Files are other people's: whatever stands in them is text, what cannot be used is left out and counted, and a file
that is not what it should be is refused in a sentence.
"""

from __future__ import annotations

import email.policy
import mailbox
import re
from collections.abc import Iterable, Iterator, Sequence
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.system_words import system_words
from costeer.services.own_texts import read_texts
from costeer.services.personal.lamp import read_lamp
from costeer.services.personal.writings import SHORTEST_WORDS
from costeer.services.transfer.reading import trees_in
from costeer.storage.records import Message, Writing

_LARGEST_MAILBOX = 2_000_000_000
_MOST_MAILS = 20_000
_QUOTED = re.compile(r"^(?:>.*|On .{1,200} wrote:|-----Original Message-----.*|Von: .*|From: .*)$")
_SIGNATURE = "-- "


def from_messages(threads: Iterable[Sequence[Message]]) -> list[Writing]:
    """What the user wrote in chats. Who asks does not answer, so nobody knows of a prompt."""
    return [
        Writing("message", "", one.text)
        for thread in threads
        for one in thread
        if one.role == "user" and one.state == "complete"
    ]


def from_edits(pairs: Iterable[tuple[Sequence[Message], Message]]) -> list[Writing]:
    """Answers as the user rewrote them, each to the last message of its conversation."""
    return [Writing("edit", asked[-1].text, edited.text) for asked, edited in pairs]


def from_documents(files: Sequence[Path]) -> list[Writing]:
    """Texts of the user's own, paragraph by paragraph. Raises BadInput, naming the file."""
    found = []
    for file, text in zip(files, read_texts(files), strict=True):
        found += [Writing("document", "", one, file.name) for one in _paragraphs(text)]
    return found


def from_mailbox(file: Path, address: str) -> list[Writing]:
    """The plain text of mails that `address` sent, without what they quote. Raises BadInput."""
    if "@" not in address:
        raise BadInput("{address!r} is no e-mail address; give the one that you write from.", address=address)
    try:
        size = file.stat().st_size
        box = mailbox.mbox(file, factory=None, create=False)
    except OSError as error:
        raise BadInput(
            "The mailbox {file} cannot be read ({why}); check its path.", file=file, why=system_words(error)
        ) from error
    if size > _LARGEST_MAILBOX:
        raise BadInput("The mailbox {file} is larger than 2 GB; export a part of it.", file=file)
    found = []
    try:
        for number, key in enumerate(box.iterkeys()):
            if number >= _MOST_MAILS:
                break
            mail = email.message_from_bytes(box.get_bytes(key), policy=email.policy.default)
            written = _of_mail(mail, address, file.name)
            if written is not None:
                found.append(written)
    finally:
        box.close()
    return found


def from_chats(file: Path, cancel: CancelToken) -> list[Writing]:
    """What the user wrote in an export of ChatGPT, Open WebUI or this application. Raises BadInput, Cancelled."""
    return [
        Writing("chat", "", one.text, file.name)
        for tree in trees_in(file, cancel)
        for one in tree.messages
        if one.role == "user"
    ]


def from_lamp(file: Path) -> list[Writing]:
    """The profiles of a file in one of LaMP's formats: what its users wrote. Raises BadInput."""
    return [
        Writing("lamp", one.prompt, one.text, file.name) for row in read_lamp(file).rows for one in row.profile
    ]


def _of_mail(mail: EmailMessage, address: str, name: str) -> Writing | None:
    """None where it is somebody else's or has no text."""
    try:
        sender = parseaddr(str(mail["from"] or ""))[1]
        body = mail.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        subject = " ".join(str(mail["subject"] or "").split())
    except (LookupError, ValueError, KeyError, AttributeError):  # what mails are made of is anybody's guess
        return None
    if sender.casefold() != address.casefold():
        return None
    kept = "\n".join(_own_lines(text.splitlines())).strip()
    if not kept:
        return None
    return Writing("mail", f"Write an e-mail: {subject}" if subject else "", kept, name)


def _own_lines(lines: Sequence[str]) -> Iterator[str]:
    """Up to the signature, without what is quoted."""
    for line in lines:
        if line == _SIGNATURE:
            return
        if not _QUOTED.fullmatch(line):
            yield line


def _paragraphs(text: str) -> list[str]:
    """Runs of paragraphs that are long enough to say something."""
    found, run = [], ""
    for one in re.split(r"\n\s*\n", text):
        run = f"{run}\n\n{one.strip()}".strip()
        if len(run.split()) >= 8 * SHORTEST_WORDS:
            found.append(run)
            run = ""
    return [*found, run] if run else found
