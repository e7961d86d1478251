"""The documents of conversations: added from files, kept with the question that they are sent with.

A *private* document is for this computer: the local model is shown the passages that are most like the question,
and no request may hold a telling sentence of it. A *public* one is sent as a part of its question, whole.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, StorageError
from costeer.personalization.passages import Passage, most_like, passages, tell_tales
from costeer.services.documents.files import read_file
from costeer.services.shelves import Shelf, Shelves
from costeer.storage.records import Document, DocumentScope, Message

MOST_DOCUMENTS = 20
"""That wait for one question."""

SHOWN_PASSAGES = 8
_REMEMBERED = 32


class DocumentService:
    """Any thread. A document's text never changes, so what was worked out for it is kept."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._lock = threading.Lock()
        self._tell_tales: dict[str, tuple[str, ...]] = {}
        self._passages: dict[str, tuple[Passage, ...]] = {}

    def add(
        self,
        conversation_id: str | None,
        file: Path,
        scope: DocumentScope,
        cancel: CancelToken | None = None,
        *,
        temporary: bool = False,
    ) -> Document:
        """Read `file` and keep its text for the next question of the conversation. None: of one that is not stored
        yet, `temporary` or not.

        Raises BadInput for a file that cannot be used, StorageError, Cancelled.
        """
        if len(self.waiting(conversation_id, temporary=temporary)) >= MOST_DOCUMENTS:
            raise BadInput(
                "There are {count} documents already; send them or remove one.",
                count=MOST_DOCUMENTS,
            )
        read = read_file(file, cancel)
        documents = self._shelf(conversation_id, temporary).documents
        return documents.add(conversation_id, read.name, scope, read.text)

    def of_conversation(self, conversation_id: str | None, *, temporary: bool = False) -> list[Document]:
        """All of them, in the order they were added; None as for `add`."""
        return self._shelf(conversation_id, temporary).documents.of_conversation(conversation_id)

    def waiting(self, conversation_id: str | None, *, temporary: bool = False) -> list[Document]:
        """Those that are not sent with a question yet."""
        found = self.of_conversation(conversation_id, temporary=temporary)
        return [one for one in found if one.message is None]

    def adopt(self, document_ids: Sequence[str], conversation_id: str) -> None:
        """The conversation that these waited for is stored now; those of another one stay where they are."""
        self._shelves.of(conversation_id).documents.adopt(document_ids, conversation_id)

    def text(self, document_id: str) -> str:
        return self._shelf_of(document_id).documents.text(document_id)

    def set_scope(self, document_id: str, scope: DocumentScope) -> Document:
        """As long as it waits. Raises StorageError when it does not."""
        return self._shelf_of(document_id).documents.set_scope(document_id, scope)

    def remove(self, document_id: str) -> None:
        """A private one at any time: the local model is not shown it any more. Raises BadInput for a public one
        that was sent, which is a part of its question."""
        shelf = self._shelf_of(document_id)
        document = shelf.documents.get(document_id)
        if document.scope == "public" and document.message is not None:
            raise BadInput("This document was sent with its question and is a part of it; edit the question.")
        shelf.documents.remove(document_id)
        with self._lock:
            self._tell_tales.pop(document_id, None)
            self._passages.pop(document_id, None)

    def private_strings(self) -> tuple[str, ...]:
        """What must not leave of all private documents; asked for before every request."""
        found: list[str] = []
        for shelf in self._shelves.all():
            for document_id in shelf.documents.private_ids():
                known = self._tell_tales.get(document_id)
                if known is None:
                    try:
                        known = tell_tales(shelf.documents.text(document_id))
                    except StorageError:  # removed since it was listed: private no more
                        continue
                    with self._lock:
                        self._tell_tales[document_id] = known
                found += known
        return tuple(found)

    def length_to_send(self, document_ids: Sequence[str]) -> int:
        """Characters of those that are public. Raises StorageError when one is gone."""
        found = (self._shelf_of(one).documents.get(one) for one in document_ids)
        return sum(one.length for one in found if one.scope == "public")

    def public_of(self, questions: Sequence[Message]) -> dict[str, list[tuple[str, str]]]:
        """Of each question, by its id, (name, text) of the documents that are sent with it."""
        sent: dict[str, list[tuple[str, str]]] = {}
        for one, shelf in self._of(questions, "public"):
            sent.setdefault(str(one.message), []).append((one.name, shelf.documents.text(one.id)))
        return sent

    def public_texts(self, document_ids: Sequence[str]) -> list[tuple[str, str]]:
        """(name, text) of those that are public. Raises StorageError when one is gone."""
        found = ((self._shelf_of(one), one) for one in document_ids)
        documents = ((shelf, shelf.documents.get(one)) for shelf, one in found)
        return [(one.name, shelf.documents.text(one.id)) for shelf, one in documents if one.scope == "public"]

    def private_passages(self, questions: Sequence[Message]) -> list[tuple[str, str]]:
        """(name, passage) of what the private documents of `questions` say that is most like the last of them."""
        named: dict[Passage, str] = {}
        for one, shelf in reversed(self._of(questions, "private")):  # the newest first, for questions like nothing
            for passage in self._passages_of(one.id, shelf):
                named.setdefault(passage, one.name)
        likest = most_like(questions[-1].text, list(named), SHOWN_PASSAGES)
        return [(named[one], one.text) for one in likest]

    def _of(self, questions: Sequence[Message], scope: DocumentScope) -> list[tuple[Document, Shelf]]:
        if not questions:
            return []
        shelf = self._shelves.of(questions[0].conversation)
        found = shelf.documents.of_messages([one.id for one in questions])
        return [(one, shelf) for one in found if one.scope == scope]

    def _passages_of(self, document_id: str, shelf: Shelf) -> tuple[Passage, ...]:
        known = self._passages.get(document_id)
        if known is None:
            known = passages(shelf.documents.text(document_id))
            with self._lock:
                while len(self._passages) >= _REMEMBERED:
                    del self._passages[next(iter(self._passages))]
                self._passages[document_id] = known
        return known

    def _shelf(self, conversation_id: str | None, temporary: bool) -> Shelf:
        if conversation_id is not None:
            return self._shelves.of(conversation_id)
        return self._shelves.temporary() if temporary else self._shelves.stored

    def _shelf_of(self, document_id: str) -> Shelf:
        for shelf in self._shelves.all():
            if shelf.documents.holds(document_id):
                return shelf
        return self._shelves.stored
