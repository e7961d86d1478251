"""What the user thinks of an answer, and would have said: by buttons, keys, its menu and the palette."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt

from costeer.gui.commands import Commands
from costeer.gui.joins.chat import ChatJoin
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.feedback import FeedbackViewModel
from costeer.gui.view_models.threads import can_be_rated
from costeer.gui.widgets.transcript import Transcript
from costeer.storage.records import Message


class FeedbackJoin(QObject):
    """`target` is the answer that has the focus, or the last one; a command is ticked where its thumb is given."""

    def __init__(
        self,
        feedback: FeedbackViewModel,
        chat: ChatViewModel,
        chat_join: ChatJoin,
        target: Callable[[], Message | None],
        transcript: Transcript,
        commands: Commands,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._feedback = feedback
        self._chat_join = chat_join
        self._target = target
        self._transcript = transcript
        self._commands = commands
        transcript.rated.connect(feedback.rate)
        feedback.changed.connect(transcript.refresh_thumbs)
        for id, title, value, keys in (
            ("message.thumb_up", self.tr("Rate the answer as good, or take that back"), 1, "U"),
            ("message.thumb_down", self.tr("Rate the answer as bad, or take that back"), -1, "D"),
        ):
            action = commands.add(
                id, title, "chat", partial(self._rate, value), keys, when=self._is_ratable, owner=transcript
            )
            # The focus is in a message, not in the transcript itself. What is typed into an editor stays there.
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.setCheckable(True)
        edit = commands.add(
            "message.edit_answer",
            self.tr("Edit the answer"),
            "chat",
            self._edit,
            "Shift+E",
            when=self._is_editable,
            owner=transcript,
        )
        edit.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        transcript.rewritten.connect(self._on_rewritten)
        feedback.rewriting_failed.connect(chat.edit_returned)
        feedback.rewritten.connect(chat.conversation_touched)
        for changed in (feedback.changed, transcript.current_changed, chat.thread_shown, chat.message_put):
            changed.connect(self._tick)

    def _is_ratable(self) -> bool:
        answer = self._target()
        return answer is not None and can_be_rated(answer)

    def _rate(self, value: int) -> None:
        answer = self._target()
        if answer is not None and can_be_rated(answer):
            self._feedback.rate(answer.id, value)
        self._tick()

    def _is_editable(self) -> bool:
        answer = self._target()
        return answer is not None and answer.state != "writing" and bool(answer.text)

    def _edit(self) -> None:
        answer = self._target()
        if answer is not None and self._is_editable():
            self._transcript.edit(answer.id)

    def _on_rewritten(self, answer_id: str, text: str) -> None:
        widget = self._transcript.answer(answer_id)
        if widget is None or not self._chat_join.may_ask():
            return
        widget.end_edit()
        if not widget.says(text):
            self._feedback.rewrite(answer_id, text)

    def _tick(self) -> None:
        answer = self._target()
        thumb = 0 if answer is None else self._feedback.thumb_of(answer.id)
        for id, value in (("message.thumb_up", 1), ("message.thumb_down", -1)):
            self._commands[id].action.setChecked(thumb == value)
