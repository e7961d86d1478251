"""Text that is as tall as it needs to be: plain, or Markdown with the steered tokens marked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSignalBlocker, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QTextEdit, QToolTip, QWidget

from costeer.gui.steering_spans import Span, changed_spans, how_far
from costeer.gui.theme import Look
from costeer.gui.widgets.token_tip import token_tip
from costeer.steering.trace import TokenTrace

LONGEST_PLAIN = 20_000
"""More characters of a pasted question than this are counted, not shown."""

_LINE_HEIGHT = 130
_LARGER = 1.08
_CODE_MARGIN, _CODE_PADDING, _CODE_CORNER = 8, 8, 8
_CODE = QTextFormat.Property.UserProperty
_HEADING_SIZES = {1: 2, 2: 1}
"""In Qt's steps of font size: 1 is 120 %, 2 is 150 %."""

_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class TextView(QTextBrowser):
    """Read-only, selectable with mouse and keyboard, never scrolls itself, loads nothing.

    Links are not followed: `link_chosen` tells of them.
    """

    link_chosen = Signal(QUrl)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._written: str | None = None
        self._spans: list[Span] = []
        self._traces: Sequence[TokenTrace] = ()
        self.setObjectName("messageText")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        letters = self.font()
        letters.setPointSizeF(letters.pointSizeF() * _LARGER)
        self.document().setDefaultFont(letters)
        self.setFont(letters)
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

    def show_markdown(self, text: str, traces: Sequence[TokenTrace] = ()) -> None:
        """Show `text`; where `traces` are given, mark the tokens that steering changed. Keeps the selection."""
        if text != self._written:
            anchor, position = self.textCursor().anchor(), self.textCursor().position()
            self._written = text
            with QSignalBlocker(self.document().documentLayout()):
                self.document().setMarkdown(text, _FEATURES)
                _tidy(self.document())
            self._fit()
            self.viewport().update()
            self._select(anchor, position)
        self._traces = traces
        self._mark()

    def marked(self) -> list[Span]:
        """The tokens that are marked, as they stand in the text."""
        return list(self._spans)

    def tip_at(self, position: int) -> str:
        """What a hover over the character at `position` says; empty when nothing was changed there."""
        at = bisect_right(self._spans, position, key=lambda span: span.start) - 1
        if at < 0 or position >= self._spans[at].end:
            return ""
        return token_tip(self._spans[at].trace)

    def ideal_width(self) -> int:
        """The width that the longest line would like, in pixels."""
        document = self.document().clone()
        document.setTextWidth(-1)
        return int(document.idealWidth()) + 4

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's own ground for a paragraph leaves out its margins, so code would touch the edge."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.theme.color("code"))
        for ground in _code_grounds(self.document()):
            ground.setLeft(0)
            ground.setRight(self.viewport().width())
            painter.drawRoundedRect(
                ground.adjusted(0, -_CODE_PADDING, 0, _CODE_PADDING), _CODE_CORNER, _CODE_CORNER
            )
        painter.end()
        super().paintEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: ARG002 - Qt's signature
        """Pictures in an answer are not loaded, from the network or from the disk."""
        return None

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tip(event.pos(), event.globalPos())
            return True
        return super().viewportEvent(event)

    def _show_tip(self, where: QPoint, on_screen: QPoint) -> None:
        link = self.anchorAt(where)
        cursor = self.cursorForPosition(where)
        # The cursor stands between two characters; the hovered one is before it when it lies left of it.
        position = cursor.position() - (1 if where.x() < self.cursorRect(cursor).left() else 0)
        tip = self.tip_at(position) or link
        QToolTip.showText(on_screen, tip, self, QRect())

    def _on_cursor_moved(self) -> None:
        """With the keyboard the text cursor takes the place of the mouse."""
        if self.hasFocus() and self._spans:
            tip = self.tip_at(self.textCursor().position())
            if tip:
                below = self.viewport().mapToGlobal(self.cursorRect().bottomRight())
                QToolTip.showText(below, tip, self, QRect())

    def _mark(self) -> None:
        self._spans = changed_spans(self.toPlainText(), self._traces) if self._traces else []
        selections = []
        for span in self._spans:
            mark = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(span.start)
            cursor.setPosition(span.end, QTextCursor.MoveMode.KeepAnchor)
            mark.cursor = cursor
            colors = QTextCharFormat()
            colors.setBackground(self._look.theme.between("mark_weak", "mark_strong", how_far(span.trace)))
            colors.setForeground(self._look.theme.color("mark_text"))
            mark.format = colors
            selections.append(mark)
        self.setExtraSelections(selections)

    def _select(self, anchor: int, position: int) -> None:
        if anchor == position:
            return
        last = self.document().characterCount() - 1
        cursor = self.textCursor()
        cursor.setPosition(min(anchor, last))
        cursor.setPosition(min(position, last), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _fit(self) -> None:
        height = int(self.document().size().height()) + 2 * self.frameWidth() + 4
        if height != self.height():
            self.setFixedHeight(height)

    def _on_look_changed(self) -> None:
        written, self._written = self._written, None
        if written is not None:
            self.show_markdown(written, self._traces)


def _tidy(document: QTextDocument) -> None:
    """Calmer than what the Markdown reader makes: air between lines, quiet headings, code at a distance."""
    cursor = QTextCursor(document)
    cursor.beginEditBlock()  # one new layout in the end, not one for each change
    block = document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        cursor.setPosition(block.position() + block.length() - 1, QTextCursor.MoveMode.KeepAnchor)
        if _is_code(block):
            _tidy_code(cursor, block)
        else:
            _tidy_text(cursor, block)
        block = block.next()
    # At the two ends of a document Qt leaves out what a paragraph keeps as its distance.
    frame = document.rootFrame().frameFormat()
    frame.setTopMargin(_CODE_PADDING if _is_code(document.firstBlock()) else 0)
    frame.setBottomMargin(_CODE_PADDING if _is_code(document.lastBlock()) else 0)
    document.rootFrame().setFrameFormat(frame)
    cursor.endEditBlock()


def _tidy_text(cursor: QTextCursor, block: QTextBlock) -> None:
    shape = QTextBlockFormat()
    shape.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    cursor.mergeBlockFormat(shape)
    level = block.blockFormat().headingLevel()
    if level:
        letters = QTextCharFormat()
        letters.setProperty(QTextFormat.Property.FontSizeAdjustment, _HEADING_SIZES.get(level, 0))
        letters.setFontWeight(QFont.Weight.DemiBold)
        cursor.mergeCharFormat(letters)


def _tidy_code(cursor: QTextCursor, block: QTextBlock) -> None:
    """Every line of code is a block of its own; only the first and the last keep a distance."""
    shape = QTextBlockFormat()
    shape.setNonBreakableLines(False)  # a line that is too long is wrapped; nothing here scrolls sideways
    shape.setProperty(_CODE, True)
    shape.setLeftMargin(_CODE_PADDING + 2)
    shape.setRightMargin(_CODE_PADDING + 2)
    shape.setTopMargin(0 if _is_code(block.previous()) else _CODE_MARGIN + _CODE_PADDING)
    shape.setBottomMargin(0 if _is_code(block.next()) else _CODE_MARGIN + _CODE_PADDING)
    cursor.mergeBlockFormat(shape)
    mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    mono.setPointSizeF(block.document().defaultFont().pointSizeF() * 0.95)
    letters = QTextCharFormat()
    letters.setFont(mono)
    cursor.mergeCharFormat(letters)


def _is_code(block: QTextBlock) -> bool:
    """Fenced or indented, which the Markdown reader tells by forbidding it to wrap; `_tidy_code` allows that."""
    shape = block.blockFormat()
    marks = (QTextFormat.Property.BlockCodeFence, _CODE)
    return block.isValid() and (shape.nonBreakableLines() or any(shape.hasProperty(one) for one in marks))


def _code_grounds(document: QTextDocument) -> list[QRectF]:
    """Where code stands, in the document's coordinates: one rectangle for lines that follow each other."""
    layout = document.documentLayout()
    found: list[QRectF] = []
    block = document.begin()
    while block.isValid():
        if _is_code(block):
            lines = layout.blockBoundingRect(block)
            if _is_code(block.previous()):
                lines = lines.united(found.pop())
            found.append(lines)
        block = block.next()
    return found
