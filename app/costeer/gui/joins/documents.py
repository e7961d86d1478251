"""Files: dropped on the window, pasted, or chosen; shown above the composer, then at their question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from costeer.gui.commands import Commands
from costeer.gui.view_models.documents import DocumentsViewModel
from costeer.gui.widgets.composer import Composer
from costeer.gui.widgets.composer_text import files_in
from costeer.gui.widgets.document_dialog import DocumentDialog
from costeer.gui.widgets.transcript import Transcript
from costeer.storage.records import Document


class DocumentsJoin(QObject):
    """The whole window takes files, wherever they are dropped that has no better use for them."""

    def __init__(
        self,
        documents: DocumentsViewModel,
        composer: Composer,
        transcript: Transcript,
        commands: Commands,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._documents = documents
        self._composer = composer
        self._transcript = transcript
        self._window = window
        composer.files_given.connect(documents.add)
        composer.attachments.scope_chosen.connect(documents.set_scope)
        composer.attachments.remove_wanted.connect(self._remove)
        composer.attachments.open_wanted.connect(self._open)
        composer.files_wanted.connect(self.choose)
        transcript.document_wanted.connect(self._open)
        documents.attachments_changed.connect(lambda: composer.attachments.put(documents.attachments))
        documents.attached_changed.connect(transcript.refresh_documents)
        commands.add("chat.attach", self.tr("Add files to the question…"), "chat", self.choose, "Ctrl+O")
        commands.explain(composer.clip, "chat.attach")
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def choose(self) -> None:
        dialog = QFileDialog(self._window, self.tr("Add files to the question"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [self.tr("Text, Markdown and PDF files (*.txt *.md *.markdown *.pdf)"), self.tr("All files (*)")]
        )
        dialog.filesSelected.connect(lambda names: self._add([Path(name) for name in names]))
        dialog.open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and isinstance(event, QDropEvent):
            return self._on_dragged(event)
        if watched is self._window and event.type() == QEvent.Type.DragLeave:
            self._composer.set_dropping(False)
        return super().eventFilter(watched, event)

    def _on_dragged(self, event: QDropEvent) -> bool:
        """Entering and moving are drop events, too."""
        files = files_in(event.mimeData())
        dropped = event.type() == QEvent.Type.Drop
        self._composer.set_dropping(bool(files) and not dropped)
        if files:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if dropped:
                self._add(files)
        return bool(files)

    def _add(self, files: Sequence[Path]) -> None:
        self._documents.add(files)
        self._composer.setFocus()

    def _remove(self, key: int) -> None:
        self._documents.remove(key)
        self._composer.setFocus()

    def _open(self, document: Document) -> None:
        def show(text: str) -> None:
            dialog = DocumentDialog(document, text, self._window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

        self._documents.read_text(document, show)
