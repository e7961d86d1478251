"""Training an adapter: how far it is, and its versions. What is trained, and what came of it, heirs say."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QListWidget, QProgressBar, QVBoxLayout, QWidget

from costeer.gui.view_models.training import TrainingViewModel
from costeer.gui.widgets.parts import dialog_button, label
from costeer.gui.wording import moment, number, progress_words, translated
from costeer.services.training.adapters import Adapter


class TrainingPage(QWidget):
    """Shows a `TrainingViewModel` and hands on what is wanted. `controls` stand before the button that begins."""

    def __init__(self, model: TrainingViewModel, words: str, *controls: QWidget) -> None:
        super().__init__()
        self._model = model
        self._controls = controls
        self.considerate = QCheckBox(self.tr("Wait while the computer is busy or runs on its battery"))
        self.considerate.setChecked(model.considerate)
        self.considerate.toggled.connect(model.set_considerate)
        self.state = label(wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("How far the training is"))
        self.start = dialog_button(self.tr("Train"), lambda: model.start(self.plan()))
        self.pause = dialog_button("", lambda: model.pause(not model.paused_by_user))
        self.stop = dialog_button(self.tr("Stop"), model.stop)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Versions of the adapter"))
        self.list.currentRowChanged.connect(lambda _: self._refresh_buttons())
        self.none = label(tone="muted", wrap=True)
        self.use = dialog_button("", self._on_use)
        self.delete = dialog_button(self.tr("Delete"), self._on_delete)
        self._shown: list[Adapter] = []
        self._lay_out(words)
        model.changed.connect(self.refresh)
        self.refresh()

    def plan(self) -> Any:
        """What is to be trained, as the controls say."""
        raise NotImplementedError

    def in_words(self, result: Any) -> str:
        """What a training came to."""
        raise NotImplementedError

    def figures(self, one: Adapter) -> str:
        """What was measured of a version, behind its number and date; nothing: it is not known."""
        raise NotImplementedError

    @property
    def chosen(self) -> Adapter | None:
        row = self.list.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def refresh(self) -> None:
        """Show the model as it is."""
        model = self._model
        for one in (self.pause, self.stop, self.bar):
            one.setVisible(model.running)
        self.start.setVisible(not model.running)
        for control in self._controls:
            control.setEnabled(not model.running)
        self.pause.setText(self.tr("Go on") if model.paused_by_user else self.tr("Pause"))
        told = model.progress
        self.bar.setRange(0, (told.total or 0) if told else 0)
        self.bar.setValue(told.done if told else 0)
        self.state.setText(self._state())
        self.state.setVisible(bool(self.state.text()))
        self._show_versions()

    def _state(self) -> str:
        model = self._model
        if not model.running:
            return "" if model.result is None else self.in_words(model.result)
        if model.waits_for:
            return self.tr("It waits: {why}.").format(why=translated(model.waits_for))
        return progress_words(model.progress, model.seconds_left)

    def _show_versions(self) -> None:
        model = self._model
        row = self.list.currentRow()
        if self._shown != model.versions or self.list.property("used") != model.used:
            self._shown = list(model.versions)
            self.list.setProperty("used", model.used)
            self.list.clear()
            self.list.addItems([self._words(one) for one in self._shown])
            self.list.setCurrentRow(min(max(row, 0), len(self._shown) - 1))
        self.list.setVisible(bool(self._shown))
        self.none.setVisible(not self._shown)
        self.none.setText(self.tr("{model} has no adapter yet.").format(model=model.model_name))
        self._refresh_buttons()

    def _words(self, one: Adapter) -> str:
        told = self.tr("Version {number}, {when}").format(number=number(one.version), when=moment(one.created))
        if figures := self.figures(one):
            told = self.tr("{told}: {figures}").format(told=told, figures=figures)
        return self.tr("{told} (in use)").format(told=told) if one.version == self._model.used else told

    def _refresh_buttons(self) -> None:
        chosen = self.chosen
        self.use.setEnabled(chosen is not None)
        self.delete.setEnabled(chosen is not None)
        in_use = chosen is not None and chosen.version == self._model.used
        self.use.setText(self.tr("Stop using") if in_use else self.tr("Use"))
        self.use.setVisible(bool(self._shown))
        self.delete.setVisible(bool(self._shown))

    def _on_use(self) -> None:
        if self.chosen is not None:
            self._model.use(None if self.chosen.version == self._model.used else self.chosen.version)

    def _on_delete(self) -> None:
        if self.chosen is not None:
            self._model.delete(self.chosen.version)

    def _lay_out(self, words: str) -> None:
        how = QHBoxLayout()
        for one in self._controls:
            how.addWidget(one)
        how.addStretch(1)
        how.addWidget(self.start)
        running = QHBoxLayout()
        running.addWidget(self.bar, 1)
        running.addWidget(self.pause)
        running.addWidget(self.stop)
        versions = QHBoxLayout()
        versions.addStretch(1)
        versions.addWidget(self.use)
        versions.addWidget(self.delete)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(words, "muted", wrap=True))
        column.addLayout(how)
        column.addWidget(self.considerate)
        column.addLayout(running)
        column.addWidget(self.state)
        column.addSpacing(6)
        column.addWidget(self.none, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.list, 1)
        column.addLayout(versions)
        column.addStretch(0)
