"""Two answers to one question side by side: the one there was, and one of another strength."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.view_models.compare import CompareViewModel, Side
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import label
from costeer.gui.widgets.steering_bar import StrengthSlider
from costeer.gui.widgets.text_view import TextView
from costeer.gui.wording import figures_line, number, phase_words
from costeer.storage.records import BY_THE_USER

_SIZE = (980, 640)


class CompareDialog(QDialog):
    """Shows a CompareViewModel. `write_wanted` with the strength to try; closing goes back to the left answer.

    Words that steering changed are marked on both sides.
    """

    write_wanted = Signal(float)
    link_chosen = Signal(QUrl)

    def __init__(self, model: CompareViewModel, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._picked = False
        self.setWindowTitle(self.tr("Compare answers"))
        self.setModal(True)
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width() - 40), min(_SIZE[1], room.height() - 80))
        self.question = label(tone="muted", wrap=True)
        self.left = _Pane(self.tr("This answer"), look)
        self.right = _Pane(self.tr("The other answer"), look)
        for pane in (self.left, self.right):
            pane.view.link_chosen.connect(self.link_chosen)
        self.left.pick.clicked.connect(lambda: self._pick(model.left))
        self.right.pick.clicked.connect(lambda: self._pick(model.right))
        self.strength = StrengthSlider()
        self.strength.slider.setAccessibleName(self.tr("Strength of the other answer"))
        self.strength.moved.connect(self._show_value)
        self.value = label(tone="figure")
        self.write = QPushButton(self.tr("Write with this strength"))
        self.write.clicked.connect(lambda: self.write_wanted.emit(self.strength.strength))
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.clicked.connect(model.stop)
        self.notices = NoticeBar(look)
        self._lay_out()
        model.changed.connect(self.refresh)
        model.grown.connect(self._show_right)
        model.picked.connect(lambda _: self.accept())

    def bring_up(self, question: str, other_strength: float, own_mark: float | None) -> None:
        """Open with the answers that the model has; the right side is still to be written."""
        self._picked = False
        self.notices.clear()
        self.question.setText(question if len(question) <= 400 else question[:399] + "…")
        self.strength.put_own_mark(own_mark)
        self.strength.put(other_strength)
        self._show_value()
        self.refresh()
        self.open()

    def say_error(self, text: str) -> None:
        self.notices.say(text, "error")

    def refresh(self) -> None:
        """Show the model as it is."""
        model = self._model
        if model.left is not None:
            self.left.put(model.left, "")
        self._show_right()
        self.strength.setEnabled(not model.running)
        self.write.setVisible(not model.running)
        self.stop.setVisible(model.running)
        self.left.pick.setEnabled(not model.running)
        self.right.pick.setEnabled(not model.running and model.right is not None)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        super().closeEvent(event)

    def reject(self) -> None:
        """Escape, or closed: nothing was picked."""
        if not self._picked:
            self._picked = True
            self._model.leave()
        super().reject()

    def _show_right(self) -> None:
        if self._model.right is not None:
            self.right.put(self._model.right, phase_words(self._model.phase))
        else:
            self.right.clear(phase_words(self._model.phase))

    def _show_value(self) -> None:
        self.value.setText(number(self.strength.strength, 2))

    def _pick(self, side: Side | None) -> None:
        if side is not None and not self._model.running:
            self._picked = True
            self._model.pick(side)

    def _lay_out(self) -> None:
        sides = QHBoxLayout()
        sides.setSpacing(16)
        sides.addWidget(self.left, 1)
        sides.addWidget(self.right, 1)
        below = QHBoxLayout()
        below.setSpacing(12)
        top = Qt.AlignmentFlag.AlignTop
        below.addWidget(self.strength, 1)
        below.addWidget(self.value, 0, top)
        below.addWidget(self.write, 0, top)
        below.addWidget(self.stop, 0, top)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.question)
        column.addLayout(sides, 1)
        column.addWidget(self.notices)
        column.addLayout(below)


class _Pane(QWidget):
    """One answer, what it took, and the button that takes it."""

    def __init__(self, name: str, look: Look) -> None:
        super().__init__()
        self.title = label(name, "section")
        self._name = name
        self.view = TextView(look)
        self.view.setAccessibleName(name)
        self.figures = label(tone="muted", wrap=True)
        self.pick = QPushButton(self.tr("Keep this one"))
        self.pick.setAccessibleName(self.tr("Keep: {name}").format(name=name))
        area = QScrollArea()
        area.setObjectName("answerPane")
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        within = QVBoxLayout(inside)
        inside.setObjectName("answerPaneInside")
        within.setContentsMargins(14, 12, 14, 12)
        within.addWidget(self.view)
        within.addStretch(1)
        area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.title)
        column.addWidget(area, 1)
        column.addWidget(self.figures)
        column.addWidget(self.pick, 0, Qt.AlignmentFlag.AlignLeft)

    def put(self, side: Side, phase: str) -> None:
        strength = number(side.strength, 2)
        kind = self.tr("not steered") if side.strength == 0 else self.tr("strength {value}").format(value=strength)
        if side.figures is not None and side.figures.written_by == BY_THE_USER:
            kind = self.tr("your own words")
        self.title.setText(self.tr("{name}: {kind}").format(name=self._name, kind=kind))
        self.view.show_markdown(side.message.text, side.traces)
        self.figures.setText(figures_line(side.figures) if side.figures is not None else phase)

    def clear(self, phase: str) -> None:
        self.title.setText(self._name)
        self.view.show_markdown("")
        self.figures.setText(phase)
