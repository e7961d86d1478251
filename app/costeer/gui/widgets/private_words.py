"""Private words in the profile: names, addresses and codes that never leave, wherever they stand."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.view_models.disclosures import DisclosuresViewModel
from costeer.gui.widgets.parts import label
from costeer.gui.wording import tr
from costeer.storage.records import PrivateWord, WordLabel

_LABELS: tuple[WordLabel, ...] = get_args(WordLabel)


def word_label(name: WordLabel) -> str:
    words: dict[WordLabel, str] = {
        "name": tr("Name"),
        "address": tr("Address"),
        "code": tr("Code"),
        "other": tr("Other"),
    }
    return words[name]


class PrivateWordsPage(QWidget):
    """The list, and a field that adds a word or changes the one chosen. Enter or a double click edits a row,
    Delete removes it; Enter in the field saves, Escape gives a change up. The field is emptied once it was saved.
    """

    def __init__(self, model: DisclosuresViewModel) -> None:
        super().__init__()
        self._model = model
        self._edited: str | None = None
        self._saving = False
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Private words"))
        self.list.itemActivated.connect(lambda _: self._begin_edit())
        self.list.itemSelectionChanged.connect(self._refresh)
        remove = QAction(self.tr("Remove"), self.list)
        remove.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        remove.triggered.connect(self._on_remove)
        self.list.addAction(remove)
        self.empty = label(self.tr("Nothing here yet; write below."), "muted", wrap=True)
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("Kind of word"))
        self.kind.view().setAccessibleName(self.tr("Kind of word"))
        for one in _LABELS:
            self.kind.addItem(word_label(one), one)
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("A name, an address, a code"))
        self.field.setAccessibleName(self.tr("Private word"))
        self.field.textChanged.connect(lambda _: self._refresh())
        self.save = QPushButton()
        self.save.setAutoDefault(False)
        self.save.clicked.connect(self._on_save)
        self.remove = QPushButton(self.tr("Remove"))
        self.remove.setAutoDefault(False)
        self.remove.clicked.connect(self._on_remove)
        self._lay_out()
        model.words_changed.connect(self._show)
        model.edited.connect(self._on_edited)
        self._show()

    @property
    def chosen(self) -> PrivateWord | None:
        row = self.list.currentRow()
        return self._model.words[row] if 0 <= row < len(self._model.words) else None

    def say_error(self) -> None:
        """What was typed stays."""
        self._saving = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.field.hasFocus():
            self._on_save()
        elif event.key() == Qt.Key.Key_Escape and self._edited is not None:
            self._end_edit()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        words = self.tr(
            "These never leave, single words too: where one stands in what you send, something stands for it, and "
            "in the answer you see your own word again."
        )
        fields = QHBoxLayout()
        fields.addWidget(self.kind)
        fields.addWidget(self.field, 1)
        fields.addWidget(self.save)
        fields.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addLayout(fields)

    def _show(self) -> None:
        row = self.list.currentRow()
        self.list.clear()
        for one in self._model.words:
            text = self.tr("{kind}: {text}").format(kind=word_label(one.label), text=one.text)
            self.list.addItem(QListWidgetItem(text))
        self.list.setCurrentRow(min(row, self.list.count() - 1))
        self.empty.setVisible(not self._model.words)
        self.list.setVisible(bool(self._model.words))
        self._refresh()

    def _refresh(self) -> None:
        self.save.setText(self.tr("Add") if self._edited is None else self.tr("Save"))
        self.save.setEnabled(bool(self.field.text().strip()))
        self.remove.setEnabled(self.chosen is not None)

    def _begin_edit(self) -> None:
        word = self.chosen
        if word is not None:
            self._edited = word.id
            self.kind.setCurrentIndex(self.kind.findData(word.label))
            self.field.setText(word.text)
            self.field.setFocus()
            self.field.selectAll()

    def _end_edit(self) -> None:
        self._edited = None
        self.field.clear()
        self._refresh()

    def _on_save(self) -> None:
        text, kind = self.field.text().strip(), self.kind.currentData()
        if not text:
            return
        self._saving = True
        if self._edited is None:
            self._model.add_word(text, kind)
        else:
            self._model.change_word(self._edited, text, kind)

    def _on_remove(self) -> None:
        word = self.chosen
        if word is not None:
            self._model.remove_word(word.id)

    def _on_edited(self) -> None:
        if self._saving:
            self._saving = False
            self._end_edit()
