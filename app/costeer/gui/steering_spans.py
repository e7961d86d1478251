"""Where the tokens of an answer stand in the text on the screen.

Markdown takes characters away (stars, hashes, list numbers) and changes white space, but keeps the order of what
stays. So one walk over both texts finds every shown character among the written ones. Pure Python, any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costeer.steering.trace import TokenTrace

FARTHEST_NATS = 4.0
"""A push this far gets the strongest colour."""

_LOOK_AHEAD = 400


@dataclass(frozen=True, slots=True)
class Span:
    """A token on the screen: `start` to `end` in UTF-16 units, as QTextCursor counts."""

    start: int
    end: int
    trace: TokenTrace


def how_far(trace: TokenTrace) -> float:
    """How far steering moved the token, from 0 to 1."""
    pushed = sum(trace.moved.values())
    return min(1.0, max(0.0, pushed / FARTHEST_NATS))


def changed_spans(shown: str, traces: Sequence[TokenTrace]) -> list[Span]:
    """The tokens that steering changed, as they stand in `shown`, first to last.

    The space before a word is left out. A token whose characters all vanished in the Markdown (a `**`, say) has no
    span.
    """
    owners = [number for number, trace in enumerate(traces) for _ in trace.text]
    written = "".join(trace.text for trace in traces)
    spans: list[Span] = []
    for start, end, owner in _runs(shown, _positions(shown, written), owners):
        if traces[owner].changed:
            blank = end - start > 1 and traces[owner].text[0].isspace()
            spans.append(Span(start + blank, end, traces[owner]))
    return spans


def _positions(shown: str, written: str) -> list[int]:
    """For each character of `shown` its index in `written`, or -1 where it has none."""
    found: list[int] = []
    at = 0
    for character in shown:
        if character.isspace():
            # A space is only taken when it is the very next one; a line break may stand for any white space.
            matches = at < len(written) and written[at].isspace()
            found.append(at if matches else -1)
            at += matches
            continue
        hit = written.find(character, at, at + _LOOK_AHEAD)
        found.append(hit)
        if hit >= 0:
            at = hit + 1
    return found


def _runs(shown: str, positions: list[int], owners: list[int]) -> list[tuple[int, int, int]]:
    """Stretches of `shown` that belong to one token: (start, end, token), in UTF-16 units."""
    runs: list[tuple[int, int, int]] = []
    at = 0
    for character, position in zip(shown, positions, strict=True):
        width = 2 if ord(character) > 0xFFFF else 1
        if position >= 0:
            owner = owners[position]
            if runs and runs[-1][2] == owner and runs[-1][1] == at:
                runs[-1] = (runs[-1][0], at + width, owner)
            else:
                runs.append((at, at + width, owner))
        at += width
    return runs
