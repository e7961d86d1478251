"""Importing and exporting conversations, for the window and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, KnownError
from costeer.foundation.files import write_atomically, writing_atomically
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.services.transfer import markdown, own_json
from costeer.services.transfer.names import FileNames
from costeer.services.transfer.reading import Import
from costeer.services.transfer.reports import ExportReport, ImportReport
from costeer.services.transfer.tree import ConversationTree, TreeMessage
from costeer.storage.repositories import ConversationRepository
from costeer.storage.repositories.import_tree import StoredTree, TreeRepository

ExportFormat = Literal["markdown", "json"]

SUFFIXES: dict[ExportFormat, str] = {"markdown": ".md", "json": ".json"}

_BETWEEN = b"\n---\n\n"


class TransferService:
    """Any thread; an import or export occupies the calling one until it is over."""

    def __init__(self, conversations: ConversationRepository, trees: TreeRepository) -> None:
        self._conversations = conversations
        self._trees = trees

    def import_files(
        self,
        files: Sequence[Path],
        progress: ProgressCallback = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> ImportReport:
        """Import what `files` hold; each conversation whole or not at all, and none twice.

        What is wrong with a file or a conversation is in the report, and the others are imported. Cancelling
        ends it with a report of what had been imported. Raises StorageError where the database takes no more.
        """
        token = cancel or CancelToken()
        running = Import(self._conversations, self._trees, progress, token)
        try:
            for file in files:
                running.take(file)
        except Cancelled:
            return running.report(stopped=True)
        return running.report(stopped=False)

    def export_to_file(
        self,
        file: Path,
        form: ExportFormat,
        conversations: Sequence[str] | None = None,
        *,
        overwrite: bool = False,
        progress: ProgressCallback = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> ExportReport:
        """Write `conversations` (ids; None for all) into one file, which is there when all of it is.

        Raises BadInput where `file` exists and may not be replaced, KnownError where it cannot be written,
        StorageError for a conversation that is gone, Cancelled.
        """
        if not overwrite and file.exists():
            raise BadInput("{file} is already there; choose another name, or allow it to be replaced.", file=file)
        chosen = self._chosen(conversations)
        trees = self._read(chosen, progress, cancel or CancelToken())
        with _problems_of(file), writing_atomically(file) as out:
            for piece in _one_file(trees, form):
                out.write(piece)
        return ExportReport((file,), len(chosen))

    def export_to_folder(
        self,
        folder: Path,
        form: ExportFormat,
        conversations: Sequence[str] | None = None,
        *,
        progress: ProgressCallback = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> ExportReport:
        """Write a file for each conversation into `folder`, made where it is missing; no file is replaced.

        Raises as `export_to_file`; what had been written stays.
        """
        chosen = self._chosen(conversations)
        with _problems_of(folder):
            folder.mkdir(parents=True, exist_ok=True)
            names = FileNames([one.name for one in folder.iterdir()])
        written = []
        for tree in self._read(chosen, progress, cancel or CancelToken()):
            file = folder / names.name(tree.title, SUFFIXES[form])
            with _problems_of(file):
                write_atomically(file, b"".join(_one_file(iter([tree]), form)))
            written.append(file)
        return ExportReport(tuple(written), len(written))

    def _chosen(self, conversations: Sequence[str] | None) -> list[str]:
        chosen = [one.id for one in self._conversations.list()] if conversations is None else list(conversations)
        if not chosen:
            raise BadInput("There are no conversations to export yet.")
        return chosen

    def _read(
        self, ids: Sequence[str], progress: ProgressCallback, cancel: CancelToken
    ) -> Iterator[ConversationTree]:
        for place, one in enumerate(ids):
            cancel.raise_if_cancelled()
            progress(Progress(_WRITING, place, len(ids)))
            yield _tree(self._trees.read(one))
        progress(Progress(_WRITING, len(ids), len(ids)))


_WRITING = Translatable("Writing conversations")


def _one_file(trees: Iterator[ConversationTree], form: ExportFormat) -> Iterator[bytes]:
    if form == "json":
        yield from own_json.written(trees)
        return
    for place, tree in enumerate(trees):
        yield _BETWEEN if place else b""
        yield markdown.document(tree).encode("utf-8", "replace")


def _tree(stored: StoredTree) -> ConversationTree:
    messages = []
    for one in stored.messages:
        figures = stored.figures.get(one.id)
        model = figures.written_by if figures else ""
        messages.append(
            TreeMessage(
                id=one.id,
                parent=one.parent,
                role=one.role,
                text=one.text,
                created=one.created,
                model=model,
                state=one.state,
                detail=str(one.detail),
                tokens=one.tokens,
                figures=figures,
            )
        )
    return ConversationTree(
        source="costeer",
        source_id=stored.conversation.id,
        title=stored.conversation.title,
        created=stored.conversation.created,
        changed=stored.conversation.changed,
        messages=tuple(messages),
        active_leaf=stored.active_leaf,
        pinned=stored.conversation.pinned,
        folder=stored.conversation.folder,
    )


@contextmanager
def _problems_of(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KnownError(
            "{place} cannot be written ({why}); choose another place.", place=place, why=system_words(error)
        ) from error
