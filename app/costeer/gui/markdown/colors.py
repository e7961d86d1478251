"""The colours of code, found by a child process: the patterns of some languages take for ever on some texts.

`lines` never waits; `found` tells when the colours of a code have arrived. While code is being written, only its
newest version is looked at. Window thread.
"""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, Signal

from costeer.gui.markdown.code_process import Colored, decoded, may_be_colored, serve
from costeer.gui.markdown.helper import Helper
from costeer.gui.markdown.pieces import Code

PATIENCE_MS = 2_000
"""For one code: what takes longer stays as it is."""

_MOST_KEPT = 1_000_000
"""Characters of the codes whose colours are kept."""

Question = tuple[str, str]
"""Language and text."""


class Colors(QObject):
    """All code of the window's answers."""

    found = Signal(object)
    """A `Code` whose colours are known now."""

    given_up = Signal()
    """As of `Helper`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: OrderedDict[Question, tuple[Colored, ...]] = OrderedDict()
        self._kept = 0
        self._helper = Helper(serve, "colours of code", PATIENCE_MS, self)
        self._helper.answered.connect(self._on_answered)
        self._helper.given_up.connect(self.given_up)

    @property
    def busy(self) -> bool:
        return self._helper.busy

    def lines(self, code: Code) -> tuple[Colored, ...] | None:
        """The colours of each line, none where there are none; None while they are not known: `found` tells."""
        question = (code.language, code.text)
        known = self._known.get(question)
        if known is not None:
            self._known.move_to_end(question)
            return known
        if not may_be_colored(code):
            return ()
        self._helper.forget(lambda other: _grows_to(other, question))
        return None if self._helper.ask(question) else ()

    def begin_again(self) -> None:
        """After `given_up`: what comes from now on is tried again."""
        self._helper.begin_again()

    def close(self) -> None:
        """End the child. It is started again when it is needed."""
        self._helper.close()

    def _on_answered(self, question: Question, answer: bytes) -> None:
        self._known[question] = decoded(answer)
        self._kept += len(question[1])
        while self._kept > _MOST_KEPT:
            self._kept -= len(self._known.popitem(last=False)[0][1])
        self.found.emit(Code(*question))


def _grows_to(other: object, question: Question) -> bool:
    return isinstance(other, tuple) and other[0] == question[0] and question[1].startswith(other[1])
