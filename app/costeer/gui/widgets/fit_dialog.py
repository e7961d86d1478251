"""Does steering help me? What is read, how far it is, and what came out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.theme import Look
from costeer.gui.view_models.fitting import FittingViewModel
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import dialog_button, label
from costeer.gui.widgets.strength_chart import StrengthChart
from costeer.gui.wording import number, translated
from costeer.services.fitting import FitResult
from costeer.services.own_texts import TEXT_FILES

_WIDTH = 520


class FitDialog(QDialog):
    """Shows a `FittingViewModel` and hands on what is wanted. Closing it stops a fit that is under way."""

    files_chosen = Signal(list)

    def __init__(self, model: FittingViewModel, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setWindowTitle(self.tr("Does it help me?"))
        self.resize(min(_WIDTH, self.screen().availableSize().width()), 300)
        self.messages = QCheckBox(self.tr("Read my own messages"))
        self.messages.setAccessibleDescription(self.tr("Only what you wrote, never the answers."))
        self.messages.toggled.connect(model.set_messages)
        self.add = QPushButton(self.tr("Add files…"))
        self.add.setToolTip(self.tr("Texts that you wrote: .txt or .md"))
        self.add.clicked.connect(self._choose_files)
        self.clear = QPushButton(self.tr("Remove files"))
        self.clear.setToolTip(self.tr("Leave the files out again"))
        self.clear.clicked.connect(model.clear_files)
        self.files = label(tone="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("How much has been read"))
        self.outcome = label(wrap=True)
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.chart = StrengthChart(look)
        self.use = dialog_button(self.tr("Use the strength that fits"), model.use)
        self.notices = NoticeBar(look)
        self.start = QPushButton(self.tr("Start"))
        self.start.setProperty("kind", "primary")
        self.start.clicked.connect(self._on_start)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.clicked.connect(model.stop)
        self.files_chosen.connect(lambda names: model.add_files(Path(one) for one in names))
        self._lay_out()
        model.changed.connect(self.refresh)
        self.refresh()

    def say_error(self, text: str) -> None:
        self.notices.say(text, "error")

    def refresh(self) -> None:
        """Show the model as it is."""
        model = self._model
        self.messages.setChecked(model.messages)
        self.files.setText("\n".join(one.name for one in model.files))
        self.files.setVisible(bool(model.files))
        self.clear.setVisible(bool(model.files))
        for one in (self.messages, self.add, self.clear):
            one.setEnabled(not model.running)
        self.start.setVisible(not model.running)
        self.start.setEnabled(model.ready)
        self.stop.setVisible(model.running)
        self.bar.setVisible(model.running)
        told = model.progress
        self.bar.setRange(0, told.total or 0 if told else 0)
        self.bar.setValue(told.done if told else 0)
        self.outcome.setVisible(model.result is not None)
        self.chart.setVisible(model.result is not None)
        self.use.setVisible(model.result is not None and model.result.better)
        self.use.setEnabled(not model.used)
        if model.result is not None:
            self.outcome.setText(self._in_words(model.result))
            default = model.result.default.strength
            self.chart.put(model.result.curve, [default])
            self._grow()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._model.stop()
        super().closeEvent(event)

    def reject(self) -> None:
        """Esc."""
        self._model.stop()
        super().reject()

    def _on_start(self) -> None:
        self.notices.clear()
        self._model.start()

    def _choose_files(self) -> None:
        chooser = QFileDialog(self, self.tr("Texts that you wrote"))
        chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
        patterns = " ".join(f"*{one}" for one in TEXT_FILES)
        chooser.setNameFilter(self.tr("Texts ({patterns})").format(patterns=patterns))
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.filesSelected.connect(self.files_chosen)
        chooser.open()

    def _in_words(self, result: FitResult) -> str:
        """The verdict, the figures behind it, and whose they are."""
        figures = self.tr(
            "{tokens} tokens of yours, in bits per token: the cloud alone {cloud}, the default {default}, "
            "fitted {fitted} (on what it was not fitted on)."
        ).format(
            tokens=number(result.tokens),
            cloud=number(result.bits_cloud, 3),
            default=number(result.bits_default, 3),
            fitted=number(result.bits_fitted, 3),
        )
        played = self.tr("The cloud was played by {model} on this computer; nothing was sent.")
        if result.stand_in:
            played = self.tr(
                "{model} stood in for the cloud, as {reason}; so this says little about a stronger cloud."
            )
        played = played.format(model=result.cloud, reason=translated(result.stand_in_reason))
        said = [translated(result.answer), translated(result.verdict), figures, played]
        if result.better:
            said.append(self.tr("The mark You on the slider goes there."))
        return "\n\n".join(said)

    def _grow(self) -> None:
        """A label that wraps asks for height only once it is asked with a width."""
        needed = self._column.totalHeightForWidth(self.width())
        self.resize(self.width(), max(self.height(), min(needed, self.screen().availableSize().height())))

    def _lay_out(self) -> None:
        words = self.tr(
            "Says whether steering brings the cloud nearer to how you write, by how likely each strength makes "
            "what you wrote, and puts the mark You on the slider if one is clearly better than the default. It "
            "takes a few minutes, on this computer; nothing is sent."
        )
        what = QHBoxLayout()
        what.addWidget(self.messages)
        what.addStretch(1)
        what.addWidget(self.add)
        what.addWidget(self.clear)
        buttons = QHBoxLayout()
        buttons.addWidget(self.bar, 1)
        buttons.addStretch(1)
        buttons.addWidget(self.use)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.start)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addWidget(label(words, "muted", wrap=True))
        column.addLayout(what)
        column.addWidget(self.files)
        column.addWidget(self.outcome)
        column.addWidget(self.chart)
        column.addWidget(self.notices)
        column.addStretch(1)
        column.addLayout(buttons)
