"""Private words: the question before they are sent, and the marks where something stood for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.compare import CompareViewModel
from costeer.gui.view_models.disclosures import DisclosuresViewModel
from costeer.gui.widgets.disclosure_dialog import DisclosureDialog
from costeer.gui.widgets.transcript import Transcript
from costeer.services.disclosure.asking import FoundText


class DisclosuresJoin(QObject):
    """Nothing here waits: the dialog is open beside the window, and the answer waits on its own thread."""

    def __init__(
        self,
        model: DisclosuresViewModel,
        chat: ChatViewModel,
        comparing: CompareViewModel,
        transcript: Transcript,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._model = model
        self._chat = chat
        self._window = window
        self.dialog: DisclosureDialog | None = None
        """The question that is open."""
        model.wanted.connect(self._open)
        model.stand_ins_changed.connect(transcript.refresh_stand_ins)
        for source in (chat, comparing):
            source.disclosure_wanted.connect(model.ask)
            source.asked_no_more.connect(self._close)
        for changed in (chat.thread_shown, chat.answer_started, chat.answer_finished):
            changed.connect(lambda *_: model.follow(chat.conversation_id))

    def _open(self, found: Sequence[FoundText]) -> None:
        self._close()
        dialog = DisclosureDialog(found, self._window)
        dialog.chosen.connect(self._model.choose)
        dialog.refused.connect(self._model.do_not_send)
        dialog.destroyed.connect(lambda: self._forget(dialog))
        self.dialog = dialog
        dialog.open()

    def _close(self) -> None:
        """The answer that asked is over."""
        if self.dialog is not None:
            self.dialog.close()

    def _forget(self, dialog: DisclosureDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
