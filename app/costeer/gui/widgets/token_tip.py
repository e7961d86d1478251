"""What a hover over a steered token says."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from costeer.gui.view_models.traces import SHOWN_CANDIDATES
from costeer.gui.wording import listed, nats_words, percent, signal_words, tr
from costeer.steering.trace import Candidate, TokenTrace


def token_tip(trace: TokenTrace) -> str:
    """Rich text: what the cloud wanted, the probabilities before and after, what moved the token."""
    lines = [
        tr("The cloud wanted {cloud}, steering wrote {chosen}.").format(
            cloud=f"<b>{_shown(trace.cloud_text)}</b>", chosen=f"<b>{_shown(trace.text)}</b>"
        ),
        _table(trace.leading(SHOWN_CANDIDATES)),
    ]
    pushes = listed(
        f"{escape(signal_words(name))} {nats_words(nats)}"
        for name, nats in trace.moved.items()
        if abs(nats) >= 0.005
    )
    if pushes:
        lines.append(tr("Moved by {signals} (nats)").format(signals=pushes))
    return "<p>" + "</p><p>".join(line for line in lines if line) + "</p>"


def _table(candidates: Sequence[Candidate]) -> str:
    if not candidates:
        return ""
    head = f"<tr><td></td><td align='right'>{tr('cloud')}</td><td align='right'>{tr('steered')}</td></tr>"
    rows = "".join(
        f"<tr><td>{_shown(one.text)}&nbsp;&nbsp;</td><td align='right'>&nbsp;&nbsp;{percent(one.before)}</td>"
        f"<td align='right'>&nbsp;&nbsp;{percent(one.after)}</td></tr>"
        for one in candidates
    )
    return f"<table>{head}{rows}</table>"


def _shown(text: str) -> str:
    """A token to be read: white space made visible, markup taken literally."""
    if not text:
        return tr("(end of the answer)")
    return escape(text.replace("\n", "↵").replace("\t", "⇥")).replace(" ", "·")
