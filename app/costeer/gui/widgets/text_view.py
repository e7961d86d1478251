"""Text that is as tall as it needs to be: plain, or Markdown with the steered tokens marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QPoint,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QSizePolicy, QTextBrowser, QTextEdit, QToolTip, QWidget

from costeer.gui.markdown.copy_buttons import CopyButtons
from costeer.gui.markdown.document import AnswerDocument
from costeer.gui.markdown.flatten import CODE_PAD
from costeer.gui.markdown.formula_object import FormulaObject
from costeer.gui.markdown.grounds import code_ground, paint_grounds
from costeer.gui.markdown.selection import selected_text
from costeer.gui.markdown.styles import FORMULA_OBJECT, Styles
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.markdown.writer import Placed
from costeer.gui.stand_ins import StandIns
from costeer.gui.steering_spans import Span
from costeer.gui.strange_text import address_words, openable, plain_tip
from costeer.gui.theme import Look
from costeer.gui.widgets.token_tip import token_tip
from costeer.steering.trace import Written

LONGEST_PLAIN = 20_000
"""More characters of a pasted question than this are counted, not shown."""

_LONG = 30_000
"""Characters of an answer that is laid out anew once its width rests, not at each step of its being dragged."""

_RESTS_MS = 120
_LARGER = 1.08
_ARRANGE_MS = 150
"""Between two times that the buttons follow while a long answer is being written."""


class TextView(QTextBrowser):
    """Read-only, selectable with mouse and keyboard, never scrolls itself, loads nothing.

    Links are not followed: `link_chosen` tells of them. A long answer is written in slices; `finish` is at once.
    An answer that is not on the screen takes another width when there is time for it, a long one once that rests.
    """

    link_chosen = Signal(QUrl)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._answer: AnswerDocument | None = None
        self._buttons: CopyButtons | None = None
        self._styles: Styles | None = None
        self._selection: tuple[int, int] | None = None
        self._stand_ins = StandIns({})
        self._places: list[tuple[int, int, str]] = []
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(_RESTS_MS)
        self._resting.timeout.connect(self._reflow)
        self._arranging = QTimer(self)
        self._arranging.setSingleShot(True)
        self._arranging.setInterval(0)
        self._arranging.timeout.connect(self._arrange_buttons)
        self.setObjectName("messageText")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._letters = _letters()
        self.document().setDefaultFont(self._letters)
        self.setFont(self._letters)
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.document().setUndoRedoEnabled(False)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.anchorClicked.connect(self.link_chosen)
        self.cursorPositionChanged.connect(self._on_cursor_moved)
        look.changed.connect(self._on_look_changed)

    def show_plain(self, text: str) -> None:
        hidden = len(text) - LONGEST_PLAIN
        if hidden > 0:
            text = text[:LONGEST_PLAIN] + self.tr("… and {count} more characters").format(count=hidden)
        self.setPlainText(text)
        self._mark_stand_ins()

    def mark_stand_ins(self, stand_ins: Mapping[str, str]) -> None:
        """Underline the texts for which the cloud is shown something else, which a hover tells."""
        if stand_ins != self._stand_ins.by_text:
            self._stand_ins = StandIns(stand_ins)
            self._mark_stand_ins()

    def show_markdown(self, text: str, traces: Sequence[Written] = ()) -> None:
        """Show `text`; where `traces` are given, mark the tokens that steering changed. Keeps the selection.

        What cannot be done at once follows in the next turns of the event loop.
        """
        answer = self._answer or self._begin()
        answer.show(text, traces, self._seen())
        with QSignalBlocker(self.document().documentLayout()):
            Workshop.of(self._look).now(answer)
        self._on_written()

    def finish(self) -> None:
        """Write what is left of the answer now."""
        if self._answer is not None:
            self._answer.finish()

    def marked(self) -> list[Span]:
        """The tokens that are marked, as they stand in the text."""
        return self._answer.marks() if self._answer else []

    def tip_at(self, position: int) -> str:
        """What a hover over the character at `position` says; empty when nothing was changed there."""
        span = self._answer.mark_at(position) if self._answer else None
        return token_tip(span.trace) if span else ""

    def stand_in_at(self, position: int) -> str:
        """What the cloud is shown in place of the text at `position`; empty where it is the text itself."""
        found = (instead for start, end, instead in self._places if start <= position < end)
        return next(found, "")

    def _mark_stand_ins(self) -> None:
        if not self._stand_ins.by_text and not self._places:
            return
        self._places = self._stand_ins.places(self.toPlainText())
        marks = []
        for start, end, _ in self._places:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = QTextCursor(self.document())
            mark.cursor.setPosition(start)
            mark.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
            mark.format.setUnderlineColor(self._look.theme.color("muted"))
            marks.append(mark)
        self.setExtraSelections(marks)

    def ideal_width(self) -> int:
        """The width that the longest line would like, in pixels."""
        document = self.document().clone()
        document.setTextWidth(-1)
        return int(document.idealWidth()) + 4

    def _seen(self) -> tuple[int, int]:
        """The first and the last place in the text that can be seen."""
        area = self.viewport().visibleRegion().boundingRect()
        return (self.position_at(area.top()), self.position_at(area.bottom())) if area.isValid() else (0, 0)

    def seen_from(self) -> int:
        """The y of the first line that can be seen."""
        return max(0, self.viewport().visibleRegion().boundingRect().top())

    def position_at(self, y: int) -> int:
        """The place in the text of the line at `y`."""
        return self.cursorForPosition(QPoint(0, y)).position()

    def y_of(self, position: int) -> int:
        """Where the line that holds a place in the text begins."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(position, self.document().characterCount() - 1))
        return self.cursorRect(cursor).top()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        first = self.document().textWidth() < 0
        if self._answer is None or first or event.size().width() == event.oldSize().width():
            super().resizeEvent(event)
            self._fit()
        elif self._look.dressing:
            pass  # `_on_look_changed` looks where that ended
        elif self.visibleRegion().isEmpty():
            Workshop.of(self._look).later(self)
        elif self.document().characterCount() > _LONG:
            self._resting.start()
        else:
            self._reflow()

    def step(self, until: float) -> bool:  # noqa: ARG002 - as any Writing
        """For the workshop, which has time for another width now."""
        self._reflow()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._styles is not None:
            painter = QPainter(self.viewport())
            paint_grounds(painter, self.document(), self._styles, QRectF(event.rect()))
            painter.end()
        super().paintEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: ARG002 - Qt's signature
        """Pictures in an answer are not loaded, from the network or from the disk."""
        return None

    def createMimeDataFromSelection(self) -> QMimeData:
        """Formulas are copied as their LaTeX, cells of a table with tabs between."""
        if self._answer is None:
            return super().createMimeDataFromSelection()
        data = QMimeData()
        data.setText(selected_text(self.document(), self._answer, self.textCursor()))
        return data

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tip(event.pos(), event.globalPos())
            return True
        return super().viewportEvent(event)

    def _reflow(self) -> None:
        """Lay the answer out in the width that there is now."""
        width = self.viewport().width()
        if self._answer is not None and self.document().textWidth() != width:
            self.document().setTextWidth(width)
            self._fit()
            self._answer.place_anew()
            self._arrange_buttons()

    def _begin(self) -> AnswerDocument:
        workshop = Workshop.of(self._look)
        self._styles = Styles(self._look.theme, self._letters, self._look.code_font())
        layout = self.document().documentLayout()
        layout.registerHandler(FORMULA_OBJECT, FormulaObject(workshop.formulas, self))
        self._answer = AnswerDocument(self.document(), self._styles, workshop, self)
        self._answer.changing.connect(self._on_changing)
        self._answer.changed.connect(self._on_written)
        self._buttons = CopyButtons(self._look, self, self.viewport())
        return self._answer

    def _on_changing(self) -> None:
        """Remember what is selected. What was given back shortened, since the text is not whole yet, is known."""
        now = self.textCursor().anchor(), self.textCursor().position()
        if self._selection is None or now != self._within(self._selection):
            self._selection = now

    def _on_written(self) -> None:
        """The document changed; what was written anew had the cursor pushed out of it."""
        if self._selection is not None and self._answer is not None:
            anchor, position = self._within(self._selection)
            cursor = self.textCursor()
            if (cursor.anchor(), cursor.position()) != (anchor, position):
                cursor.setPosition(anchor)
                cursor.setPosition(position, QTextCursor.MoveMode.KeepAnchor)
                self.setTextCursor(cursor)
            if self._answer.written:
                self._selection = None
        self._mark_stand_ins()
        self._fit()
        self.viewport().update()
        if self._answer is not None and not self._arranging.isActive():
            self._arranging.start(0 if self._answer.settled else _ARRANGE_MS)

    def _within(self, selection: tuple[int, int]) -> tuple[int, int]:
        last = self.document().characterCount() - 1
        return min(selection[0], last), min(selection[1], last)

    def _show_tip(self, where: QPoint, on_screen: QPoint) -> None:
        link = self.anchorAt(where)
        cursor = self.cursorForPosition(where)
        # The cursor stands between two characters; the hovered one is before it when it lies left of it.
        position = cursor.position() - (1 if where.x() < self.cursorRect(cursor).left() else 0)
        tip = self._tip(position) or _told(link) or plain_tip(self._formula_at(position))
        QToolTip.showText(on_screen, tip, self, QRect())

    def _formula_at(self, position: int) -> str:
        return self._answer.formula_at(position) if self._answer else ""

    def _on_cursor_moved(self) -> None:
        """With the keyboard the text cursor takes the place of the mouse; formulas are read out as their LaTeX."""
        if not self.hasFocus():
            return
        position = self.textCursor().position()
        tip = self._tip(position)
        if tip:
            below = self.viewport().mapToGlobal(self.cursorRect().bottomRight())
            QToolTip.showText(below, tip, self, QRect())
        said = self._formula_at(position) or self._stand_in_words(position)
        if said:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def _tip(self, position: int) -> str:
        """Rich text; what is shown to the cloud, and what steering did."""
        words = self._stand_in_words(position)
        return (f"<p>{escape(words)}</p>" if words else "") + self.tip_at(position)

    def _stand_in_words(self, position: int) -> str:
        instead = self.stand_in_at(position)
        return self.tr("The cloud sees {placeholder}").format(placeholder=instead) if instead else ""

    def _fit(self) -> None:
        self._make_room()
        height = int(self.document().size().height()) + 2 * self.frameWidth() + 4
        if self._answer is not None and self._styles is not None and self._answer.ends_with_code:
            height += round(CODE_PAD * self._styles.unit)
        if height != self.height():
            self.setFixedHeight(height)

    def _make_room(self) -> None:
        """At the top of a document Qt leaves out the space above a paragraph, where the head of code is."""
        if self._answer is None or self._styles is None:
            return
        wanted = round(self._styles.code_head) if self._answer.begins_with_code else 0
        frame = self.document().rootFrame().frameFormat()
        if frame.topMargin() != wanted:
            frame.setTopMargin(wanted)
            self.document().rootFrame().setFrameFormat(frame)

    def _arrange_buttons(self) -> None:
        if self._answer is not None and self._buttons is not None:
            since = self._answer.take_changed_from()
            if not self._buttons.arrange(since, self._answer.code_blocks(since), self._head):
                self._answer.place_anew(self._buttons.end)
                self._arranging.start(_ARRANGE_MS // 5)

    def _head(self, placed: Placed) -> QRect:
        """The head of a block of code, which is above its first line."""
        assert self._styles is not None
        block = self.document().findBlock(placed.start)
        ground = code_ground(block, self._styles, self.document().textWidth())
        return QRectF(ground.left(), ground.top(), ground.width(), self._styles.head_line).toRect()

    def _on_look_changed(self) -> None:
        letters, before = _letters(), self._letters
        self._letters = letters
        if self._answer is not None:
            # Not the font of the whole: Qt would lay out all of a long answer for it.
            self._styles = Styles(self._look.theme, letters, self._look.code_font())
            self._reflow()
            self._answer.restyle(self._styles, self.position_at(self.seen_from()))
            Workshop.of(self._look).now(self._answer)
        elif letters != before:
            self.document().setDefaultFont(letters)
            self.setFont(letters)


def _letters() -> QFont:
    letters = QApplication.font()
    letters.setPointSizeF(letters.pointSizeF() * _LARGER)
    return letters


def _told(link: str) -> str:
    """Where a link leads: whose address it is, and the whole of it."""
    target = openable(QUrl(link))
    return plain_tip("\n".join(address_words(target))) if target is not None else ""
