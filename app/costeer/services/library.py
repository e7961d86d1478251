"""Conversations as the sidebar has them: named, pinned, filed, thrown away and taken back, searched, gone through.

Stored and temporary ones alike; the record says which it is. The bin of the stored ones is kept for BIN_KEPT; that
of the temporary ones goes with them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from costeer.foundation.errors import BadInput
from costeer.foundation.text import check_text
from costeer.foundation.translatable import Translatable
from costeer.services.conversation_settings import ConversationSettings
from costeer.services.shelves import Shelf, Shelves
from costeer.steering.trace import TokenTrace, Written
from costeer.storage.records import AnswerFigures, Conversation, Draft, LeakTotal, Message
from costeer.storage.repositories import Found

BIN_KEPT = timedelta(days=30)
"""What has been in the bin for longer is removed when the application starts."""

LONGEST_TITLE = 200
LONGEST_FOLDER = 100


class ConversationLibrary:
    """Any thread. Raises StorageError for what is no longer there."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def conversations(self) -> list[Conversation]:
        """All but those in the bin: the pinned ones first, then the newest changed."""
        listed = [one for shelf in self._shelves.all() for one in shelf.conversations.list()]
        if listed and listed[-1].temporary:  # the others are in order
            listed.sort(key=lambda one: (one.pinned, one.changed), reverse=True)
        return listed

    def conversation(self, conversation_id: str) -> Conversation:
        """From the bin too."""
        return self._of(conversation_id).conversations.get(conversation_id)

    def create(self, title: str = "", *, temporary: bool = False) -> Conversation:
        """A new, empty conversation. A temporary one is in memory only, gone when the application closes."""
        shelf = self._shelves.temporary() if temporary else self._shelves.stored
        title = _line(title, _TITLE, LONGEST_TITLE)
        return shelf.conversations.create(title, "user" if title else "question")

    def rename(self, conversation_id: str, title: str) -> Conversation:
        """As the user calls it; no title is found for it any more."""
        if not title.strip():
            raise BadInput("The title is empty; type a name for the conversation.")
        title = _line(title, _TITLE, LONGEST_TITLE)
        return self._of(conversation_id).conversations.rename(conversation_id, title, "user")

    def entitle(self, conversation_id: str, title: str) -> Conversation:
        """As a model calls it: no change where the user has named it, or where `title` is empty."""
        title = _line(title, _TITLE, LONGEST_TITLE)
        if not title:
            return self.conversation(conversation_id)
        return self._of(conversation_id).conversations.rename(conversation_id, title, "model")

    def pin(self, conversation_id: str, pinned: bool = True) -> Conversation:
        return self._of(conversation_id).conversations.pin(conversation_id, pinned)

    def move(self, conversation_id: str, folder: str) -> Conversation:
        """Into a folder, which need not exist before; "" takes it out of its folder."""
        folder = _line(folder, _FOLDER, LONGEST_FOLDER)
        return self._of(conversation_id).conversations.move(conversation_id, folder)

    def folders(self) -> list[str]:
        """Those with something in them."""
        return sorted({one for shelf in self._shelves.all() for one in shelf.conversations.folders()})

    def rename_folder(self, name: str, new: str) -> None:
        """Everything in the folder is in the folder `new` then, with what is there already; "" dissolves it."""
        new = _line(new, _FOLDER, LONGEST_FOLDER)
        if not name or not sum(shelf.conversations.rename_folder(name, new) for shelf in self._shelves.all()):
            raise BadInput("There is no folder {name!r}; choose one from the list.", name=name)

    def delete(self, conversation_id: str) -> Conversation:
        """Into the bin: no list and no search shows it, `restore` takes it back, and BIN_KEPT later it is gone."""
        return self._of(conversation_id).conversations.discard(conversation_id)

    def restore(self, conversation_id: str) -> Conversation:
        """Undo `delete`."""
        return self._of(conversation_id).conversations.restore(conversation_id)

    def bin(self) -> list[Conversation]:
        """What was deleted, the latest first."""
        return [one for shelf in self._shelves.all() for one in shelf.conversations.bin()]

    def purge(self, conversation_id: str) -> None:
        """Remove it for good, from the bin or not: no byte of it stays in the database."""
        self._of(conversation_id).conversations.purge(conversation_id)

    def empty_bin(self, older_than: timedelta = timedelta(0)) -> int:
        """Remove for good what has been in the bin for `older_than`. Returns how many there were."""
        before = datetime.now(UTC) - older_than
        return sum(shelf.conversations.empty_bin(before) for shelf in self._shelves.all())

    def duplicate(self, conversation_id: str, title: str = "") -> Conversation:
        """A copy of its whole tree, with traces, figures and documents; where the original is kept. It has the
        same title unless one is given."""
        shelf = self._of(conversation_id)
        title = _line(title, _TITLE, LONGEST_TITLE) or shelf.conversations.get(conversation_id).title
        return shelf.conversations.duplicate(conversation_id, title)

    def settings(self, conversation_id: str) -> ConversationSettings:
        """How this conversation is steered, where that differs from what the application is set to."""
        stored = self._of(conversation_id).conversations.settings(conversation_id)
        return ConversationSettings() if stored is None else ConversationSettings.read(stored)

    def change_settings(self, conversation_id: str, settings: ConversationSettings) -> None:
        """Raises BadInput for values that cannot be used."""
        settings.check()
        self._of(conversation_id).conversations.set_settings(conversation_id, settings.stored() or None)

    def find(self, text: str, limit: int = 50) -> list[Found]:
        """Where every word of `text` stands, the last one as a beginning: titles first, then new to old."""
        shelves = self._shelves.all()
        found = [one for shelf in shelves for one in shelf.conversations.find(text, limit)]
        if len(shelves) > 1:
            found.sort(key=lambda one: (one.message is None, one.when), reverse=True)
        return found[:limit]

    def thread(self, conversation_id: str) -> list[Message]:
        """The active branch, from the first message to the last."""
        return self._of(conversation_id).conversations.thread(conversation_id)

    def message(self, message_id: str) -> Message:
        return self._shelves.of_message(message_id).conversations.message(message_id)

    def siblings(self, message_id: str) -> list[Message]:
        """The messages beside this one, itself among them, oldest first."""
        return self._shelves.of_message(message_id).conversations.siblings(message_id)

    def branches(self, conversation_id: str) -> dict[str, tuple[int, int]]:
        """Of every message of the conversation: (index, count), which of how many siblings it is, from 0."""
        return self._of(conversation_id).conversations.branches(conversation_id)

    def show(self, message_id: str) -> list[Message]:
        """Make the branch through this message the active one, and return its thread: for arrows and search."""
        conversations = self._shelves.of_message(message_id).conversations
        conversations.activate(message_id)
        return conversations.thread(conversations.message(message_id).conversation)

    def switch(self, message_id: str, index: int) -> list[Message]:
        """Show the sibling number `index` (from 0) of a message instead. Raises BadInput if there is none."""
        together = self.siblings(message_id)
        if not 0 <= index < len(together):
            raise BadInput("There are {count} versions of this message; choose one of them.", count=len(together))
        return self.show(together[index].id)

    def traces(self, message_id: str) -> list[TokenTrace]:
        return self._shelves.of_message(message_id).conversations.traces(message_id)

    def changes(self, message_id: str, leading: int) -> dict[int, Written]:
        """The tokens of an answer by index, to be shown: those that steering changed with so many candidates."""
        return self._shelves.of_message(message_id).conversations.changes(message_id, leading)

    def figures(self, message_id: str) -> AnswerFigures | None:
        return self._shelves.of_message(message_id).conversations.figures(message_id)

    def leak(self, conversation_id: str, without: str | None = None) -> LeakTotal:
        """What the answers of a conversation gave away, branches that are not shown included; `without` one
        answer."""
        return self._of(conversation_id).conversations.leak(conversation_id, without)

    def drafts(self) -> list[Draft]:
        """What is half written, as it was kept."""
        return self._shelves.stored.drafts.all()

    def keep_draft(self, draft: Draft) -> None:
        """In place of what was kept there; a draft without text is not kept. It is the user's text as a message
        is, so it lies beside them and goes with its conversation. Never called for temporary ones."""
        self._shelves.stored.drafts.put(draft)

    def _of(self, conversation_id: str) -> Shelf:
        return self._shelves.of(conversation_id)


_TITLE, _FOLDER = Translatable("title"), Translatable("name of the folder")


def _line(text: str, what: Translatable, longest: int) -> str:
    """One line without blanks around it. Raises BadInput when it is too long."""
    check_text(text, what)
    line = " ".join(text.split())
    if len(line) > longest:
        raise BadInput(
            "The {what} has {count} characters and {most} are allowed; shorten it.",
            what=what,
            count=len(line),
            most=longest,
        )
    return line
