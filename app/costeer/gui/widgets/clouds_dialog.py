"""The dialog in which clouds are chosen, added, tested and removed."""

from __future__ import annotations

from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QMessageBox, QStackedWidget, QVBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.view_models.clouds import CloudsViewModel
from costeer.gui.widgets.cloud_form import CloudForm
from costeer.gui.widgets.cloud_list import CloudListPage
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import message_box
from costeer.gui.wording import name_words
from costeer.services.endpoint_book import EndpointRow

_SIZE = (600, 600)
_TITLE_BAR = 40
"""About what the window manager puts above a dialog, in logical pixels."""


class CloudsDialog(QDialog):
    """A list, and a form in its place while a cloud is added or changed. Closing it stops a test."""

    def __init__(self, model: CloudsViewModel, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setWindowTitle(self.tr("Clouds"))
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width()), min(_SIZE[1], room.height() - _TITLE_BAR))
        self.page = CloudListPage(model, look)
        self.form = CloudForm(model, look)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.page)
        self.pages.addWidget(self.form)
        self.notices = NoticeBar(look)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addWidget(self.pages, 1)
        column.addWidget(self.notices)
        self.page.add_wanted.connect(self.begin_adding)
        self.page.change_wanted.connect(self._begin_changing)
        self.page.remove_wanted.connect(self._ask_to_remove)
        self.form.back_wanted.connect(self.show_list)
        model.changed.connect(self._on_changed)
        model.test_changed.connect(self._on_test_changed)

    def say_error(self, text: str) -> None:
        """What was typed is still in the form."""
        self.notices.say(text, "error")

    def begin_adding(self) -> None:
        self.notices.clear()
        self.pages.setCurrentWidget(self.form)
        self.form.begin_adding()

    def show_list(self) -> None:
        self._model.stop()
        self.form.forget_key()
        self.notices.clear()
        self.pages.setCurrentWidget(self.page)
        self.page.list.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._model.load()
        self.show_list()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._leave()
        super().closeEvent(event)

    def reject(self) -> None:
        """Esc."""
        self._leave()
        super().reject()

    def _leave(self) -> None:
        self._model.stop()
        self.form.forget_key()

    def _begin_changing(self, row: EndpointRow) -> None:
        self.notices.clear()
        self.pages.setCurrentWidget(self.form)
        self.form.begin_changing(row)

    def _on_test_changed(self) -> None:
        if self._model.testing:
            self.notices.clear()

    def _on_changed(self, name: str) -> None:
        self.show_list()
        self.page.choose(name)

    def _ask_to_remove(self, row: EndpointRow) -> None:
        box = message_box(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("Remove “{name}”?").format(name=name_words(row.title)))
        box.setInformativeText(
            self.tr(
                "Its address and its key are forgotten. "
                "Your conversations and the record of what was sent to it stay."
            )
        )
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        name = row.name
        remove.clicked.connect(lambda: self._model.remove(name))
        box.open()
