"""Answers made at random of what attacks the reading, the layout and the painting of answers.

    QT_QPA_PLATFORM=offscreen PYTHONPATH=app python -m tests.gui.fuzz_markdown --minutes 10 --seed 1

Each round is one text: it comes once in pieces and once as a whole, and both must end in the same document, within
all bounds, with no link that leads elsewhere than to the web or to a mail address, and no step may keep the
window's thread at work for a second. The first text that breaks this is written to a file, and the program ends
with 1. A seed always makes the same texts. `test_fuzz_markdown` does some rounds of it, without the clock.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication

from costeer.gui.markdown.document import MOST_PIECES
from costeer.gui.markdown.flatten import LONGEST_PIECE, MOST_BREAKS
from costeer.gui.markdown.inline import SCHEMES
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.theme import Look
from tests.gui.test_markdown_streaming import LINES, Answer, dump, tokens
from tests.material.markdown_attacks import UNITS

LONGEST_STEP = 1.0
"""Seconds of the processor's time."""

PATIENCE_MS = 60_000
_STEP = 0.005
_MOST_STEPS = 100_000
_MARKER = 20
"""Characters that a piece may have beside its text: "10. "."""


class Broken(AssertionError):
    """What must hold did not."""


def text_of(seed: int, size: int) -> tuple[str, list[int]]:
    """A text of up to about `size` characters, and where the pieces end in which it comes."""
    chance = random.Random(seed)
    parts: list[str] = []
    left = chance.randrange(1, size)
    while left > 0:
        unit = chance.choice((chance.choice(list(UNITS.values())), chance.choice(LINES) + "\n"))
        repeated = unit * chance.choice((1, 1, 2, 3, 30, max(1, chance.randrange(1, left + 1) // len(unit))))
        parts.append(repeated[:left])
        left -= len(parts[-1])
        if chance.random() < 0.4:
            parts.append(chance.choice((" ", "\n", "\n\n", "\n```\n", "\n> ", "\n- ", "|", "\n    ")))
    text = "".join(parts)
    return text, sorted(chance.randrange(len(text) + 1) for _ in range(chance.randrange(6)))


def play(look: Look, text: str, ends: list[int]) -> float:
    """Show `text` both ways; seconds of the longest step. Raises Broken."""
    streamed, whole, longest = Answer(look), Answer(look), 0.0
    for end in [*ends, len(text)]:
        longest = max(longest, _written(streamed, text[:end]))
    longest = max(longest, _written(whole, text))
    workshop = Workshop.of(look)
    _wait_for(workshop)
    for one in (streamed, whole):
        one.answer.finish()
    if dump(streamed.document) != dump(whole.document):
        raise Broken("in pieces it is another document than as a whole")
    _check(whole.document)
    return longest


def _wait_for(workshop: Workshop) -> None:
    loop, poll = QEventLoop(), QTimer()
    poll.timeout.connect(lambda: None if workshop.busy else loop.quit())
    poll.start(5)
    QTimer.singleShot(PATIENCE_MS, loop, lambda: loop.exit(1))
    if loop.exec():
        raise Broken("colours or formulas do not come to an end")


def _written(answer: Answer, text: str) -> float:
    longest = 0.0
    began = time.thread_time()
    answer.answer.show(text, tokens(text))
    for _ in range(_MOST_STEPS):
        done = answer.answer.step(time.perf_counter() + _STEP)
        longest, began = max(longest, time.thread_time() - began), time.thread_time()
        if done:
            return longest
    raise Broken("writing does not come to an end")


def _check(document: QTextDocument) -> None:
    block, blocks = document.begin(), 0
    while block.isValid():
        text = block.text()
        if len(text) > LONGEST_PIECE + _MARKER or text.count("\u2028") > MOST_BREAKS:
            raise Broken("a paragraph is longer than Qt can lay out in time")
        at = block.begin()
        while not at.atEnd():
            form = at.fragment().charFormat()
            if form.anchorHref() and not form.anchorHref().lower().startswith(SCHEMES):
                raise Broken(f"a link leads to {form.anchorHref()[:100]!r}")
            if form.isImageFormat():
                raise Broken("a picture")
            at += 1
        block, blocks = block.next(), blocks + (document.rootFrame().childFrames() == [])
    if blocks > MOST_PIECES + 1:
        raise Broken("more pieces than are to be shown")


def main() -> int:
    options = argparse.ArgumentParser(description="Texts that attack how answers are shown, at random.")
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--size", type=int, default=20_000, help="characters of a text, at most")
    options.add_argument(
        "--out", type=Path, default=Path("build/fuzz"), help="where a text is written that breaks it"
    )
    wish = options.parse_args()
    app = QApplication([])
    look, seed, slowest = Look(app), wish.seed, 0.0
    end = time.monotonic() + wish.minutes * 60
    while time.monotonic() < end:
        text, ends = text_of(seed, wish.size)
        try:
            longest = play(look, text, ends)
            if longest > LONGEST_STEP:
                raise Broken(f"a step took {longest:.2f} s")
        except Exception as error:  # noqa: BLE001 - whatever it is, the text that caused it is what is looked for
            wish.out.mkdir(parents=True, exist_ok=True)
            file = wish.out / f"{seed}.md"
            file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
            sys.stdout.write(f"seed {seed}: {type(error).__name__}: {error}; the text is in {file}\n")
            return 1
        slowest, seed = max(slowest, longest), seed + 1
    sys.stdout.write(f"{seed - wish.seed} texts, the longest step {slowest:.2f} s\n")
    for one in (Workshop.of(look).formulas, Workshop.of(look).colors):
        one.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
