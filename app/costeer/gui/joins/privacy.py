"""What leaves this computer: the panel at the answers."""

from __future__ import annotations

from PySide6.QtCore import QObject

from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.privacy import PrivacyViewModel
from costeer.gui.widgets.privacy_panel import PrivacyPanel
from costeer.gui.widgets.transcript import Transcript


class PrivacyJoin(QObject):
    """The panel follows the last answer of the conversation shown, or the one whose figures were asked for."""

    def __init__(
        self,
        privacy: PrivacyViewModel,
        chat: ChatViewModel,
        panel: PrivacyPanel,
        transcript: Transcript,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._privacy = privacy
        self._chat = chat
        privacy.activity_changed.connect(panel.show_activity)
        privacy.totals_changed.connect(panel.show_totals)
        privacy.figures_changed.connect(lambda: panel.show_figures(privacy.traffic, privacy.figures, privacy.wire))
        panel.words_wanted.connect(privacy.read_in_words)
        privacy.words_read.connect(panel.show_words)
        chat.thread_shown.connect(self._on_thread_shown)
        chat.answer_started.connect(lambda one: privacy.follow(one))
        chat.traffic_changed.connect(privacy.take)
        chat.answer_finished.connect(self._on_over)
        chat.figures_read.connect(self._on_over)
        transcript.figures_wanted.connect(lambda one: privacy.follow(one, chat.figures_of(one)))

    def _on_thread_shown(self) -> None:
        last = self._chat.last_answer
        self._privacy.follow(last.id if last else None, self._chat.figures_of(last.id) if last else None)

    def _on_over(self, message_id: str) -> None:
        self._privacy.finish(message_id, self._chat.figures_of(message_id))
