"""The guide of the first start: what leaves, three questions, who answers; it ends with a question asked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.theme import Look
from costeer.gui.view_models.first_run import Answer
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import label
from costeer.storage.records import ProfileKind

_SIZE = (620, 470)
_TITLE_BAR = 40
"""About what the window manager puts above a dialog, in logical pixels."""


class FirstRunGuide(QDialog):
    """Three screens; every question may be left empty, and Esc leaves the guide at any time.

    `finished_with` the cloud chosen (`demo`, `own`, or nothing for the one in use) once the last button is
    pressed; what was answered is in `answers` and the question in `question`.
    """

    finished_with = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Welcome to CoSteer"))
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width()), min(_SIZE[1], room.height() - _TITLE_BAR))
        self.questions: tuple[tuple[ProfileKind, QLineEdit], ...] = ()
        self.ask = QLineEdit(self.tr("What could I do with a free afternoon this week?"))
        self.demo = QRadioButton(self.tr("The demo cloud on this computer"))
        self.own = QRadioButton(self.tr("A cloud of my own"))
        self.kept = QRadioButton()
        self.stack = QStackedWidget()
        for page in (self._what_leaves(), self._about_you(), self._who_answers()):
            self.stack.addWidget(_scrolling(page))
        self.step = label(tone="muted")
        self.notices = NoticeBar(look)
        self.skip = QPushButton(self.tr("Not now"))
        self.skip.clicked.connect(self.reject)
        self.back = QPushButton(self.tr("Back"))
        self.back.clicked.connect(lambda: self._go(-1))
        self.next = QPushButton()
        self.next.setProperty("kind", "primary")
        self.next.clicked.connect(lambda: self._go(1))
        for one in (self.skip, self.back):
            one.setAutoDefault(False)
        self.next.setDefault(True)
        self._lay_out()
        self.start_again("")

    @property
    def answers(self) -> Sequence[Answer]:
        return [(kind, field.text().strip()) for kind, field in self.questions if field.text().strip()]

    @property
    def question(self) -> str:
        return self.ask.text().strip()

    def start_again(self, in_use: str) -> None:
        """At the first screen; `in_use` is the name of a cloud of the user's own that is in use already."""
        self.kept.setText(self.tr("{name}, as before").format(name=in_use))
        self.kept.setVisible(bool(in_use))
        (self.kept if in_use else self.demo).setChecked(True)
        self.notices.clear()
        self.set_busy(False)
        self._show(0)

    def set_busy(self, busy: bool) -> None:
        """While what was answered is being stored."""
        for one in (self.next, self.back):
            one.setEnabled(not busy)

    def say_error(self, text: str) -> None:
        """What was typed is still there."""
        self.set_busy(False)
        self.notices.say(text, "error")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on from any field: the default button is not always the one that Qt would press."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(self.focusWidget(), QLineEdit):
            self.next.click()
        else:
            super().keyPressEvent(event)

    def _go(self, step: int) -> None:
        at = self.stack.currentIndex() + step
        if at < self.stack.count():
            self._show(at)
            return
        self.notices.clear()
        self.set_busy(True)
        self.finished_with.emit("" if self.kept.isChecked() else "own" if self.own.isChecked() else "demo")

    def _show(self, at: int) -> None:
        self.stack.setCurrentIndex(at)
        last = at == self.stack.count() - 1
        self.step.setText(self.tr("{step} of {steps}").format(step=at + 1, steps=self.stack.count()))
        self.back.setVisible(at > 0)
        self.next.setText(self.tr("Ask it") if last else self.tr("Next"))
        (self.questions[0][1] if at == 1 else self.ask if last else self.next).setFocus()

    def _what_leaves(self) -> QWidget:
        stays = self.tr(
            "Your profile and memories\nNotes, facts, how you like to be answered\nWhat you mark as private\n"
            "The small model that knows all this"
        )
        leaves = self.tr(
            "Your messages, with what you add as public\n"
            "The words of the answers, which give a little away of what they were steered by\n"
            "Nothing else, and only to the cloud that you choose"
        )
        return self._page(
            self.tr("What leaves this computer, and what does not"),
            self.tr(
                "A strong cloud writes the answers. A small model on this computer knows you and steers them word "
                "by word; it tells the cloud nothing."
            ),
            self._card(self.tr("Stays here"), stays),
            self._card(self.tr("Is sent"), leaves),
            label(
                self.tr("Whatever is sent is listed at the right of the window, word for word, while it happens."),
                "muted",
                wrap=True,
            ),
        )

    def _about_you(self) -> QWidget:
        asked: tuple[tuple[ProfileKind, str, str], ...] = (
            ("fact", self.tr("What do you do, and where do you live?"), self.tr("I teach biology in Leeds.")),
            ("style", self.tr("How do you like to be answered?"), self.tr("Briefly, with an example.")),
            (
                "note",
                self.tr("What are you working on, or looking forward to?"),
                self.tr("A vegetable garden behind the house."),
            ),
        )
        parts: list[QWidget] = []
        fields = []
        for kind, question, example in asked:
            field = QLineEdit()
            field.setAccessibleName(question)
            field.setPlaceholderText(self.tr("For example: {example}").format(example=example))
            fields.append((kind, field))
            parts += [label(question), field]
        self.questions = tuple(fields)
        return self._page(
            self.tr("Three questions about you"),
            self.tr("Leave empty what you like. The answers become entries of your profile and stay here."),
            *parts,
        )

    def _who_answers(self) -> QWidget:
        self.ask.setAccessibleName(self.tr("Your first question"))
        demo = self.tr("Needs no account and no network; a small model, so do not expect too much of it.")
        own = self.tr("A server of yours, or an account somewhere. You enter its address and key next.")
        for button, meaning in ((self.demo, demo), (self.own, own)):
            button.setAccessibleDescription(meaning)
        return self._page(
            self.tr("Who answers?"),
            "",
            self.kept,
            self.demo,
            _indented(demo),
            self.own,
            _indented(own),
            label(self.tr("Your first question")),
            self.ask,
            label(
                self.tr("The words that steering changes are marked; rest on one to see what the cloud wanted."),
                "muted",
                wrap=True,
            ),
        )

    def _page(self, title: str, words: str, *parts: QWidget) -> QWidget:
        page = QWidget()
        page.setObjectName("formBody")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(10)
        heading = label(title, "title", wrap=True)
        heading.setObjectName("emptyTitle")
        column.addWidget(heading)
        if words:
            column.addWidget(label(words, "muted", wrap=True))
        for one in parts:
            column.addWidget(one)
        column.addStretch(1)
        return page

    def _card(self, title: str, lines: str) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 10, 14, 12)
        inside.setSpacing(4)
        inside.addWidget(label(title, "title"))
        for line in lines.split("\n"):
            inside.addWidget(label(line, wrap=True))
        return card

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.skip)
        buttons.addStretch(1)
        buttons.addWidget(self.step)
        buttons.addSpacing(8)
        buttons.addWidget(self.back)
        buttons.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)
        column.addWidget(self.stack, 1)
        column.addWidget(self.notices)
        column.addLayout(buttons)


def _indented(text: str) -> QWidget:
    """Below a radio button, where its own words begin."""
    made = label(text, "muted", wrap=True)
    made.setContentsMargins(23, 0, 0, 4)
    return made


def _scrolling(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setObjectName("formScroll")
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area
