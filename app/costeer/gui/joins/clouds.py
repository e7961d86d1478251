"""Who answers: the clouds at the header, and the passphrase when their keys are sealed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.clouds import CloudsViewModel
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.widgets.header import Header
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.passphrase_dialog import PassphraseDialog
from costeer.gui.wording import name_words


class CloudsJoin(QObject):
    """`fallback` names the endpoint in use until the list has been read."""

    def __init__(
        self,
        clouds: CloudsViewModel,
        chat: ChatViewModel,
        header: Header,
        dialog: QDialog,
        notices: NoticeBar,
        fallback: Callable[[], str],
        steering: SteeringViewModel,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._clouds = clouds
        self._header = header
        self._dialog = dialog
        self._fallback = fallback
        self._steering = steering
        self._window = window
        clouds.loaded.connect(self._show_endpoint)
        steering.changed.connect(self._show_endpoint)
        clouds.passphrase_wanted.connect(self._ask_for_passphrase)
        clouds.unlocked.connect(notices.clear)
        # An answer may have been the test of its endpoint, or have found it to be otherwise.
        chat.answer_finished.connect(lambda _: clouds.load())

    def _show_endpoint(self) -> None:
        if self._steering.offline:
            self._header.put_endpoint(self.tr("This computer"), "D")
            return
        used = self._clouds.list.in_use
        self._header.put_endpoint(
            name_words(used.title if used else self._fallback()), used.tier if used else None
        )

    def _ask_for_passphrase(self, begun: bool) -> None:
        over = self._dialog if self._dialog.isVisible() else self._window
        accept = self.tr("Unlock")
        words = self.tr(
            "The keys of your clouds are sealed by your passphrase. It is asked for once in each session."
        )
        if not begun:
            accept = self.tr("Seal with it")
            words = self.tr(
                "This computer offers no keychain. Choose a passphrase to seal the keys of your clouds with. "
                "It is kept nowhere: without it, the keys have to be entered anew."
            )
        dialog = PassphraseDialog(over, words, accept=accept, twice=not begun)
        dialog.given.connect(self._clouds.unlock)
        dialog.open()
