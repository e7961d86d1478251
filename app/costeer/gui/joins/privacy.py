"""What leaves this computer: the panel at the answers."""

from __future__ import annotations

from PySide6.QtCore import QObject

from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.privacy import PrivacyViewModel
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.widgets.header import Header
from costeer.gui.widgets.privacy_panel import PrivacyPanel
from costeer.gui.widgets.transcript import Transcript


class PrivacyJoin(QObject):
    """The panel follows the last answer of the conversation shown, or the one whose figures were asked for."""

    def __init__(
        self,
        privacy: PrivacyViewModel,
        chat: ChatViewModel,
        steering: SteeringViewModel,
        panel: PrivacyPanel,
        header: Header,
        transcript: Transcript,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._privacy = privacy
        self._chat = chat
        self._steering = steering
        self._panel = panel
        privacy.activity_changed.connect(panel.show_activity)
        privacy.totals_changed.connect(panel.show_totals)
        privacy.activity_changed.connect(header.activity.put)
        header.activity.clicked.connect(lambda: header.privacy_toggle.setChecked(True))
        for changed in (privacy.figures_changed, steering.changed):
            changed.connect(self._show_figures)
        panel.exchange.wanted.connect(privacy.payloads.want)
        privacy.payloads.read.connect(panel.exchange.show_text)
        chat.thread_shown.connect(self._on_thread_shown)
        chat.answer_started.connect(self._follow)
        chat.traffic_changed.connect(privacy.take)
        chat.answer_finished.connect(self._on_over)
        chat.figures_read.connect(self._on_over)
        transcript.figures_wanted.connect(self._follow)

    def _show_figures(self) -> None:
        """With the conversation's budget as it is now: it is what holds for the next answer."""
        one = self._privacy
        budget = self._steering.chosen.conversation_budget
        self._panel.show_figures(one.traffic, one.figures, one.wire, one.conversation_bits, budget)

    def _on_thread_shown(self) -> None:
        last = self._chat.last_answer
        if last is None:
            self._privacy.follow(None)
        else:
            self._follow(last.id)

    def _follow(self, message_id: str) -> None:
        chat = self._chat
        self._privacy.follow(message_id, chat.figures_of(message_id), chat.conversation_id)

    def _on_over(self, message_id: str) -> None:
        self._privacy.finish(message_id, self._chat.figures_of(message_id))
