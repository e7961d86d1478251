"""One import: files in, conversations stored, and an account of what became of each."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.translatable import Translatable, translatable
from costeer.services.transfer import formats
from costeer.services.transfer.elements import Element, Elements
from costeer.services.transfer.reports import MOST_LISTED, BrokenConversation, FailedFile, Imported, ImportReport
from costeer.services.transfer.sources import JsonSource, sources_of
from costeer.services.transfer.tree import BrokenTree, ConversationTree
from costeer.services.transfer.untrusted import name
from costeer.storage.records import Conversation, Message
from costeer.storage.repositories import ConversationRepository
from costeer.storage.repositories.import_tree import StoredTree, TreeRepository

_STRANGERS = 20
"""A JSON file that begins with so many values of which none is a conversation holds none."""

_NO_CONVERSATION = Translatable("it is no conversation that is known here")

_ID = re.compile(r"[0-9a-f]{32}")


_NO_EXPORT = translatable(
    "{name} holds no conversations that are known here; choose an export of ChatGPT, of Open WebUI or of this "
    "application."
)


class Import:
    """Collects while files are taken. One thread, one import."""

    def __init__(
        self,
        conversations: ConversationRepository,
        trees: TreeRepository,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> None:
        self._conversations = conversations
        self._trees = trees
        self._progress = progress
        self._cancel = cancel
        self._imported: list[Imported] = []
        self._already_there = 0
        self._broken: list[BrokenConversation] = []
        self._broken_count = 0
        self._failed: list[FailedFile] = []

    def report(self, stopped: bool) -> ImportReport:
        return ImportReport(
            imported=tuple(self._imported),
            already_there=self._already_there,
            broken=tuple(self._broken),
            broken_count=self._broken_count,
            failed=tuple(self._failed),
            stopped=stopped,
        )

    def take(self, file: Path) -> None:
        """Import what `file` holds. Raises Cancelled, and StorageError where the database does not take it; what
        is wrong with the file goes into the report."""

        what = Translatable("Reading {name}", name=file.name)

        def tell(done: int, total: int) -> None:
            self._progress(Progress(what, done, total))

        try:
            with sources_of(file, tell, self._cancel) as sources:
                found = [self._take_source(one) for one in sources]
            if not any(found):
                raise BadInput(_NO_EXPORT, name=file.name)
        except BadInput as error:
            self._failed.append(FailedFile(file.name, error.said))

    def _take_source(self, source: JsonSource) -> bool:
        """Whether it holds conversations."""
        elements = Elements(source.read)
        strangers: list[BrokenConversation] = []
        known = False
        for place, conversation in enumerate(_conversations(elements), 1):
            self._cancel.raise_if_cancelled()
            if isinstance(conversation, dict) and formats.is_known(conversation):
                known = True
                self._take_conversation(source.label, place, conversation)
                continue
            reason = conversation if isinstance(conversation, Translatable) else _NO_CONVERSATION
            strangers.append(BrokenConversation(source.label, place, "", reason))
            if not known and len(strangers) >= _STRANGERS:
                return False
        if known:
            for one in strangers:
                self._skip(one)
            if not elements.whole:
                raise BadInput(
                    "{label} ends in the middle of a conversation; those before it were read. "
                    "Download or export it once more.",
                    label=source.label,
                )
        return known

    def _take_conversation(self, label: str, place: int, conversation: dict[str, object]) -> None:
        try:
            tree = formats.tree_of(conversation)
            if not tree.messages and tree.source != "costeer":
                raise BrokenTree("nothing was said in it")
        except BrokenTree as error:
            self._skip(BrokenConversation(label, place, name(conversation.get("title")), error.said))
            return
        there, new = self._place_of(tree)
        if new is not None:
            self._trees.insert(new)
        elif self._conversations.get(there).deleted is not None:
            self._conversations.restore(there)
        else:
            self._already_there += 1
            return
        self._imported.append(Imported(there, tree.title))

    def _skip(self, broken: BrokenConversation) -> None:
        self._broken_count += 1
        if len(self._broken) < MOST_LISTED:
            self._broken.append(broken)

    def _place_of(self, tree: ConversationTree) -> tuple[str, StoredTree | None]:
        """The id of the conversation, and what to store, None where it is stored already.

        One of our own keeps its ids, by which the ledger knows what left for it, where these are free.
        """
        own = tree.source_id
        if tree.source == "costeer" and _ID.fullmatch(own):
            ids = [one.id for one in tree.messages]
            if self._conversations.holds(own):
                if _holds(self._trees.read(own), tree):
                    return own, None
            elif all(_ID.fullmatch(one) for one in ids) and not self._trees.has_message(ids):
                return own, _as_stored(tree, own, {one: one for one in ids})
        made = tree.fingerprint()
        if self._conversations.holds(made):
            return made, None
        return made, _as_stored(tree, made, {one.id: _derived(made, one.id) for one in tree.messages})


def trees_in(file: Path, cancel: CancelToken) -> list[ConversationTree]:
    """The conversations of an export, for whoever only wants to read them; broken ones are passed over. Raises
    BadInput where the file cannot be read or holds none, Cancelled."""
    found = []
    with sources_of(file, lambda _done, _total: None, cancel) as sources:
        for source in sources:
            for conversation in _conversations(Elements(source.read)):
                cancel.raise_if_cancelled()
                if isinstance(conversation, dict) and formats.is_known(conversation):
                    with contextlib.suppress(BrokenTree):
                        found.append(formats.tree_of(conversation))
    if not found:
        raise BadInput(_NO_EXPORT, name=file.name)
    return found


def _conversations(elements: Elements) -> Iterator[dict[str, object] | Translatable]:
    """Each, or why there is none."""
    for element in elements:
        yield from _of_element(element)


def _of_element(element: Element) -> Iterator[dict[str, object] | Translatable]:
    try:
        value = element.parse()
    except BrokenTree as error:
        yield error.said
    else:
        yield from formats.conversations_in(value)


def _holds(stored: StoredTree, tree: ConversationTree) -> bool:
    """Whether all that was said in `tree` is in `stored`, which may have been continued since."""
    said = {one.id: (one.parent, one.role, one.text) for one in stored.messages}
    return all(said.get(one.id) == (one.parent, one.role, one.text) for one in tree.messages)


def _derived(conversation: str, message: str) -> str:
    return hashlib.sha256(f"{conversation} {message}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _as_stored(tree: ConversationTree, conversation_id: str, ids: dict[str, str]) -> StoredTree:
    """Nobody is writing an imported answer: one that was being written is interrupted."""
    conversation = Conversation(
        id=conversation_id,
        title=tree.title,
        created=tree.created,
        changed=tree.changed,
        pinned=tree.pinned,
        folder=tree.folder,
        titled_by="user",
    )
    messages = tuple(
        Message(
            id=ids[one.id],
            conversation=conversation_id,
            parent=None if one.parent is None else ids[one.parent],
            role=one.role,
            text=one.text,
            state="interrupted" if one.state == "writing" else one.state,
            created=one.created,
            tokens=one.tokens,
            detail=Translatable.verbatim(one.detail),
        )
        for one in tree.messages
    )
    figures = {ids[one.id]: one.figures for one in tree.messages if one.figures is not None}
    leaf = None if tree.active_leaf is None else ids[tree.active_leaf]
    return StoredTree(conversation, leaf, messages, figures)
