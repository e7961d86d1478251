"""One setting: its name, what it means, the control, and a way back to what is usual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from costeer.foundation.settings import Settings
from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.settings import SettingsViewModel, field, with_field
from costeer.gui.widgets.parts import icon_button, indent_number, label

_CONTROL_WIDTH = 200
_NARROW = 62
"""A page of fewer letters in a row has no room for words and controls beside each other."""


class SettingRow(QFrame):
    """What the control is about is said to a screen reader, too. `reset_wanted` when the way back is taken."""

    reset_wanted = Signal()

    def __init__(
        self, title: str, meaning: str, control: QWidget | None, look: Look, *, below: QWidget | None = None
    ) -> None:
        """`control` stands at the right; `below`, over the whole width, may be in its place or beside it."""
        super().__init__()
        self.setObjectName("settingRow")
        self.control = control
        self._refresh: Callable[[], None] | None = None
        self.title = label(title)
        self.meaning = label(meaning, "muted", wrap=True)
        self.meaning.setVisible(bool(meaning))
        self.problem = label(tone="error", wrap=True)
        self.problem.hide()
        self.reset = icon_button(look, "reset", self.tr("Reset: {name}").format(name=title))
        self.reset.clicked.connect(self.reset_wanted)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.reset.hide()
        words = self._lines = QVBoxLayout()
        words.setSpacing(2)
        for said in (self.title, self.meaning, self.problem):
            words.addWidget(said)
        row = self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setSpacing(10)
        row.addLayout(words, 1)
        if control is not None:
            beside = QHBoxLayout()
            beside.addWidget(control)
            beside.addWidget(self.reset)
            row.addLayout(beside)
            row.setAlignment(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 9, 0, 9)
        column.setSpacing(8)
        column.addLayout(row)
        if below is not None:
            column.addWidget(below)
        for one in (control, below):
            if one is not None and not one.accessibleName():
                one.setAccessibleName(f"{one.text()}: {title}" if isinstance(one, QPushButton) else title)
                one.setAccessibleDescription(meaning)
        self._words = f"{title} {meaning}".casefold()

    def set_narrow(self, narrow: bool) -> None:
        """Whether the control stands below the words instead of beside them; a check box needs no room."""
        below = narrow and not isinstance(self.control, QCheckBox)
        direction = QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight
        if direction != self._row.direction():
            self._row.setDirection(direction)

    def add_line(self) -> QLabel:
        """One more line below what the row means, for what changes."""
        made = label(wrap=True)
        self._lines.addWidget(made)
        return made

    def refresh(self) -> None:
        """Show what the settings say now."""
        if self._refresh is not None:
            self._refresh()

    def refresh_with(self, refresh: Callable[[], None]) -> None:
        self._refresh = refresh
        refresh()

    def holds(self, words: Sequence[str]) -> bool:
        """Whether all of `words` (casefolded) are said here."""
        return all(word in self._words for word in words)

    def say(self, problem: str) -> None:
        """Why what was chosen cannot be; empty: nothing is wrong."""
        self.problem.setText(problem)
        self.problem.setAccessibleDescription(problem)
        self.problem.setVisible(bool(problem))


class SettingsPage(QScrollArea):
    """Rows below each other, in sections."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.rows: list[SettingRow] = []
        self._sections: list[tuple[QWidget, list[SettingRow]]] = []
        self.setObjectName("formScroll")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setObjectName("formBody")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(4, 0, 12, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(inside)

    def begin_section(self, title: str) -> None:
        words = label(title, "section")
        words.setContentsMargins(0, 10, 0, 2)
        self._put(words)
        self._sections.append((words, []))

    def add(self, row: SettingRow) -> SettingRow:
        self.rows.append(row)
        if self._sections:
            self._sections[-1][1].append(row)
        self._put(row)
        return row

    def filter(self, typed: str) -> int:
        """Show the rows that hold every word of `typed`, or whose page is called so; how many these are."""
        words = typed.casefold().split()
        whole = all(word in self.title.casefold() for word in words)
        shown = 0
        for row in self.rows:
            fits = whole or row.holds(words)
            row.setVisible(fits)
            shown += fits
        for heading, rows in self._sections:
            heading.setVisible(any(not row.isHidden() for row in rows))
        return shown

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.viewport().width() < _NARROW * self.fontMetrics().averageCharWidth()
        for row in self.rows:
            row.set_narrow(narrow)

    def _put(self, widget: QWidget) -> None:
        self._column.insertWidget(self._column.count() - 1, widget)


class RowMaker:
    """Rows whose control shows and changes one field of the settings, named as `window.theme` or `fast_copies`."""

    def __init__(self, model: SettingsViewModel, look: Look) -> None:
        self._model = model
        self._look = look

    def switch(self, title: str, meaning: str, name: str) -> SettingRow:
        box = QCheckBox()
        box.setAccessibleName(title)
        box.setAccessibleDescription(meaning)
        box.toggled.connect(lambda on: self._put(name, on))
        return self._row(title, meaning, name, box, lambda value: box.setChecked(bool(value)))

    def number(self, title: str, meaning: str, name: str, bounds: tuple[int, int, int], suffix: str) -> SettingRow:
        """`bounds`: least, most, step."""
        box = QSpinBox()
        box.setRange(bounds[0], bounds[1])
        box.setSingleStep(bounds[2])
        box.setSuffix(suffix)
        indent_number(box)
        box.setKeyboardTracking(False)  # while something is being typed it must not take effect
        box.valueChanged.connect(lambda value: self._put(name, value))

        def show(value: object) -> None:
            assert isinstance(value, int)
            box.setValue(value)

        return self._row(title, meaning, name, box, show)

    def choice(
        self, title: str, meaning: str, name: str, offered: Callable[[], Sequence[tuple[object, str]]]
    ) -> SettingRow:
        """`offered`: values and what they are called, asked for at each refresh. A value of the settings that is
        not among them is added."""
        box = QComboBox()
        box.view().setAccessibleName(title)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(16)
        box.activated.connect(lambda _: self._put(name, box.currentData()))

        def show(value: object) -> None:
            box.clear()
            for one, called in offered():
                box.addItem(called, one)
            if box.findData(value) < 0:
                box.addItem(Path(str(value)).name, value)
            box.setCurrentIndex(box.findData(value))
            box.setToolTip(plain_tip(box.currentText()))  # a long name is cut off in the field

        return self._row(title, meaning, name, box, show)

    def _row(
        self, title: str, meaning: str, name: str, control: QWidget, show: Callable[[object], None]
    ) -> SettingRow:
        if not isinstance(control, QCheckBox):
            control.setMinimumWidth(_CONTROL_WIDTH)
        row = SettingRow(title, meaning, control, self._look)
        usual = field(Settings(), name)

        def refresh() -> None:
            value = field(self._model.settings, name)
            with QSignalBlocker(control):
                show(value)
            row.reset.setVisible(value != usual)

        row.reset_wanted.connect(lambda: self._put(name, usual))
        self._model.changed.connect(row.refresh)
        row.refresh_with(refresh)
        return row

    def _put(self, name: str, value: object) -> None:
        self._model.put(lambda settings: with_field(settings, name, value))
