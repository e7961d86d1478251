"""What is asked before something is done with the ledger: where to, and whether really."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from costeer.gui.view_models.ledger import LedgerViewModel
from costeer.gui.widgets.parts import message_box
from costeer.gui.wording import counted, number, size
from costeer.storage.repositories.ledger_upkeep import Words


class LedgerJoin(QObject):
    """`window` is asked for when something is to be asked: the dialogs belong to it. Nothing here waits."""

    def __init__(self, model: LedgerViewModel, window: Callable[[], QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._window = window

    def choose_export(self) -> None:
        self._choose(self.tr("Where to write the record"), "costeer-ledger.json", [], self._model.export)

    def choose_report(self, month: date | None = None) -> None:
        """Of a month, or of all time."""
        name = "costeer-report.html" if month is None else f"costeer-report-{month:%Y-%m}.html"
        forms = [self.tr("Web page (*.html)"), self.tr("Markdown (*.md)")]
        title = self.tr("Where to write the report")
        self._choose(title, name, forms, lambda file: self._model.report(file, month))

    def ask_to_remove(self, days: int) -> None:
        old = self._model.old
        entries = counted(old.entries, self.tr("{count} entry"), self.tr("{count} entries"))
        said = self.tr(
            "{entries} with {size} of words are removed for good, and a new entry says so. What is left can still "
            "be checked. Export the record first if you want to keep them."
        )
        self._ask(
            self.tr("Remove what is older than {days} days from the record?").format(days=number(days)),
            said.format(entries=entries, size=size(old.bytes)),
            self.tr("Remove"),
            lambda: self._model.remove(days),
        )

    def ask_to_forget(
        self, conversation_id: str | None, title: str = "", otherwise: Callable[[], None] = lambda: None
    ) -> None:
        """Of a conversation, or (None) of all that are no longer stored. `otherwise` is done where the user says
        no."""
        self._model.read_words(
            conversation_id, lambda words: self._ask_to_forget(conversation_id, title, otherwise, words)
        )

    def _ask_to_forget(
        self, conversation_id: str | None, title: str, otherwise: Callable[[], None], words: Words
    ) -> None:
        if not words.entries:
            self._model.said.emit(self._stays(words) or self.tr("Nothing of it is on record with its words."))
            return
        question = self.tr("Forget the words that were sent and received for “{title}”?").format(title=title)
        if conversation_id is None:
            question = self.tr("Forget the words of all conversations that no longer exist?")
        entries = counted(words.entries, self.tr("{count} entry"), self.tr("{count} entries"))
        said = self.tr(
            "{entries} of the record lose their words, {size} in all. That something was sent stays on record: "
            "when, to which cloud, what for and how much. What the cloud has received it keeps. This cannot be "
            "undone."
        )
        more = f"{said.format(entries=entries, size=size(words.bytes))} {self._stays(words)}".strip()
        self._ask(question, more, self.tr("Forget"), lambda: self._model.forget(conversation_id), otherwise)

    def _stays(self, words: Words) -> str:
        """What keeps its words, and until when."""
        said = []
        if words.old:
            some = counted(
                words.old,
                self.tr("{count} entry that an earlier version wrote keeps its words until it is removed."),
                self.tr("{count} entries that an earlier version wrote keep their words until they are removed."),
            )
            said.append(some)
        if words.open:
            some = counted(
                words.open,
                self.tr("{count} request is still under way; try again when it is over."),
                self.tr("{count} requests are still under way; try again when they are over."),
            )
            said.append(some)
        return " ".join(said)

    def _choose(self, title: str, name: str, forms: list[str], then: Callable[[Path], None]) -> None:
        chooser = QFileDialog(self._window(), title)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if forms:
            chooser.setNameFilters(forms)
        chooser.setDefaultSuffix(Path(name).suffix[1:])
        chooser.filterSelected.connect(lambda form: chooser.setDefaultSuffix(form.rpartition("*.")[2].rstrip(")")))
        chooser.selectFile(name)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(lambda file: then(Path(file)))
        chooser.open()

    def _ask(
        self,
        question: str,
        more: str,
        answer: str,
        then: Callable[[], None],
        otherwise: Callable[[], None] = lambda: None,
    ) -> None:
        """Cancel is what Enter does."""
        box = message_box(self._window())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(question)
        box.setInformativeText(more)
        button = box.addButton(answer, QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        button.clicked.connect(then)
        box.rejected.connect(otherwise)
        box.open()
