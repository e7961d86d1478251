"""Comparing: from the last answer to another one of a different strength, and back with the one that was taken."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from PySide6.QtCore import QObject, QUrl
from PySide6.QtWidgets import QWidget

from costeer.gui.commands import Commands
from costeer.gui.joins.links import ask_to_open
from costeer.gui.theme import Look
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.compare import CompareViewModel
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.view_models.traces import TraceViewModel
from costeer.gui.widgets.compare_dialog import CompareDialog
from costeer.steering.strength import COSTEER_GAIN
from costeer.storage.records import Message


class CompareJoin(QObject):
    """`target` is the answer that has the focus, or the last one. The dialog is made when it is first opened."""

    def __init__(
        self,
        model: CompareViewModel,
        chat: ChatViewModel,
        steering: SteeringViewModel,
        traces: TraceViewModel,
        target: Callable[[], Message | None],
        commands: Commands,
        look: Look,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._model = model
        self._chat = chat
        self._steering = steering
        self._traces = traces
        self._target = target
        self._look = look
        self._window = window
        self._dialog: CompareDialog | None = None
        model.picked.connect(self._on_picked)
        commands.add(
            "steering.compare",
            self.tr("Compare the answer with one of another strength…"),
            "steering",
            self._compare_target,
            "Ctrl+Shift+D",
            when=lambda: target() is not None and not chat.busy,
        )

    @property
    def made(self) -> CompareDialog | None:
        """The dialog, if it has been opened before."""
        return self._dialog

    @property
    def dialog(self) -> CompareDialog:
        if self._dialog is None:
            self._dialog = CompareDialog(self._model, self._look, self._window)
            self._dialog.write_wanted.connect(self._write)
            self._dialog.link_chosen.connect(self._on_link_chosen)
        return self._dialog

    def _compare_target(self) -> None:
        answer = self._target()
        if answer is not None:
            self.compare(answer.id)

    def compare(self, answer_id: str) -> None:
        """An answer of the thread, beside the cloud's own; or, where it is that, beside a steered one."""
        at = next((at for at, one in enumerate(self._chat.messages) if one.id == answer_id), 0)
        if at == 0 or self._chat.busy:
            return
        question, answer = self._chat.messages[at - 1], self._chat.messages[at]
        figures = self._chat.figures_of(answer.id)
        strength = figures.strength if figures is not None else self._steering.strength
        other = 0.0 if strength > 0.0 else (self._steering.strength or COSTEER_GAIN)
        self._model.open(answer, strength, self._traces.of(answer.id), figures)
        self.dialog.bring_up(question.text, other, self._steering.chosen.fitted_strength)
        self._write(other)

    def _write(self, strength: float) -> None:
        options = self._steering.options()
        self._model.write(dataclasses.replace(options, enabled=strength > 0.0, strength=strength))

    def _on_picked(self, answer_id: str) -> None:
        if self._chat.conversation_id is not None:
            self._chat.open_at(self._chat.conversation_id, answer_id)

    def _on_link_chosen(self, link: QUrl) -> None:
        ask_to_open(link, self.dialog)
