"""Which tokens of an answer a selection on the screen covers. Pure Python, any thread."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from costeer.gui.steering_spans import changed_spans
from costeer.steering.trace import TokenTrace


def tokens_at(shown: str, traces: Sequence[TokenTrace], start: int, end: int) -> tuple[int, int] | None:
    """The first and the last token that stand between `start` and `end` of the text `shown`, which count UTF-16
    units; with `start == end`, the one that stands there. None where none does."""
    # Spans are told of changed tokens: here each is taken for one.
    every = [dataclasses.replace(one, cloud_token=-1) for one in traces]
    places = {one.index: at for at, one in enumerate(traces)}
    found = [
        places[span.trace.index]
        for span in changed_spans(shown, every)
        if span.start < max(end, start + 1) and start < span.end
    ]
    return (min(found), max(found)) if found else None
