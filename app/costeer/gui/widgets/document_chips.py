"""Files at a conversation: those that wait above the composer, and those that went with a question."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.documents import Attachment
from costeer.gui.widgets.parts import ElidedLabel, icon_button, label, restyle
from costeer.gui.wording import counted, tr
from costeer.storage.records import Document, DocumentScope

_LONGEST_NAME = 48
_MOST_LINES = 12
"""Of text, which the list of files is as tall as at most."""


def scope_name(scope: DocumentScope) -> str:
    return tr("Private") if scope == "private" else tr("Public")


def scope_meaning(scope: DocumentScope) -> str:
    if scope == "private":
        return tr("Private: stays on this computer, steers the answer")
    return tr("Public: is sent with the question")


def length_words(document: Document) -> str:
    return counted(document.length, tr("{count} character"), tr("{count} characters"))


def sent_chip(look: Look, document: Document) -> QToolButton:
    """A file that went with a question; a click is to show its text."""
    short = document.name if len(document.name) <= _LONGEST_NAME else f"{document.name[: _LONGEST_NAME - 1]}…"
    chip = QToolButton()
    look.dress(chip, "file")
    chip.setProperty("kind", "file")
    chip.setProperty("scope", document.scope)
    chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    chip.setText(tr("{name} · {scope}").format(name=short, scope=scope_name(document.scope)))
    chip.setAccessibleName(
        tr("{name}. {scope}. Show the text").format(name=document.name, scope=scope_meaning(document.scope))
    )
    tip = tr("{name}, {length}\n{scope}").format(
        name=document.name, length=length_words(document), scope=scope_meaning(document.scope)
    )
    chip.setToolTip(plain_tip(tip))
    return chip


class AttachmentRow(QFrame):
    """One file: what it is, the switch between private and public, and a button that takes it away; or why it
    could not be read."""

    scope_chosen = Signal(int, str)
    remove_wanted = Signal(int)
    open_wanted = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._attachment = Attachment(0, "")
        self.setObjectName("attachment")
        self.open_button = QToolButton()
        look.dress(self.open_button, "file")
        self.open_button.setToolTip(self.tr("Show the text"))
        self.open_button.clicked.connect(lambda: self.open_wanted.emit(self._attachment.document))
        self.name = ElidedLabel()
        self.length = label(tone="muted")
        self.private, self.public = self._scope_button("private"), self._scope_button("public")
        group = QButtonGroup(self)
        for button in (self.private, self.public):
            group.addButton(button)
        self.meaning = ElidedLabel()
        self.meaning.setProperty("tone", "muted")
        self.problem = label(tone="error", wrap=True)
        self.remove = icon_button(look, "close", "")
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self._attachment.key))
        above, below = QHBoxLayout(), QHBoxLayout()
        for widget, stretch in ((self.open_button, 0), (self.name, 1), (self.problem, 1), (self.length, 0)):
            above.addWidget(widget, stretch)
        above.addWidget(self.remove)
        for widget in (self.private, self.public):
            below.addWidget(widget)
        below.addSpacing(8)
        below.addWidget(self.meaning, 1)
        below.setContentsMargins(6, 0, 0, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 1, 2, 1)
        column.setSpacing(0)
        column.addLayout(above)
        column.addLayout(below)

    def put(self, attachment: Attachment) -> None:
        self._attachment = attachment
        document, refused = attachment.document, bool(attachment.problem)
        self.name.put(attachment.name)
        self.length.setText(length_words(document) if document else self.tr("Reading…"))
        self.problem.setText(attachment.problem)
        self.problem.setAccessibleName(attachment.problem)
        self.meaning.put(
            self.tr("stays on this computer, steers the answer")
            if attachment.scope == "private"
            else self.tr("is sent with the question")
        )
        for widget in (self.name, self.length, self.private, self.public, self.meaning):
            widget.setVisible(not refused)
        self.problem.setVisible(refused)
        self.open_button.setEnabled(document is not None)
        self.open_button.setAccessibleName(self.tr("Show the text of {name}").format(name=attachment.name))
        self.remove.setAccessibleName(self.tr("Remove {name}").format(name=attachment.name))
        self.remove.setToolTip(plain_tip(self.remove.accessibleName()))
        (self.private if attachment.scope == "private" else self.public).setChecked(True)
        for button, scope in ((self.private, "private"), (self.public, "public")):
            said = scope_meaning("private" if scope == "private" else "public")
            button.setAccessibleName(self.tr("{name}: {scope}").format(name=attachment.name, scope=said))
        if self.property("scope") != attachment.scope:
            self.setProperty("scope", attachment.scope)
            restyle(self)
            for colored in (self.name, self.length, self.meaning):
                restyle(colored)

    def _scope_button(self, scope: DocumentScope) -> QToolButton:
        button = QToolButton()
        button.setText(scope_name(scope))
        button.setToolTip(plain_tip(scope_meaning(scope)))
        button.setCheckable(True)
        button.setProperty("kind", "segment")
        button.clicked.connect(lambda: self.scope_chosen.emit(self._attachment.key, scope))
        return button


class AttachmentList(QScrollArea):
    """The files that wait for the next question, below each other, few of them seen at once. Hidden when there are
    none."""

    scope_chosen = Signal(int, str)
    remove_wanted = Signal(int)
    open_wanted = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.rows: dict[int, AttachmentRow] = {}
        self.setAccessibleName(self.tr("Files for the next question"))
        self.setObjectName("attachments")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = QWidget()
        self._body.setObjectName("attachmentsBody")
        self._body.installEventFilter(self)
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(3)
        self.setWidget(self._body)
        self.hide()

    def put(self, attachments: Sequence[Attachment]) -> None:
        keys = {one.key for one in attachments}
        for key in [one for one in self.rows if one not in keys]:
            row = self.rows.pop(key)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for one in attachments:
            if one.key not in self.rows:
                self.rows[one.key] = self._row()
            self.rows[one.key].put(one)
        self.setVisible(bool(attachments))
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._body and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """As tall as its rows, or as a few of them."""
        wanted = self._column.totalHeightForWidth(self.viewport().width())
        wanted = wanted if wanted >= 0 else self._column.sizeHint().height()
        most = _MOST_LINES * self.fontMetrics().lineSpacing()
        self.setFixedHeight(min(wanted, most))

    def _row(self) -> AttachmentRow:
        row = AttachmentRow(self._look)
        row.scope_chosen.connect(self.scope_chosen)
        row.remove_wanted.connect(self.remove_wanted)
        row.open_wanted.connect(self.open_wanted)
        self._column.addWidget(row)
        return row
