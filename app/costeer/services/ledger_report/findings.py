"""What a report is made of, before anything is worded."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import Any

from costeer.services.audit import Verification
from costeer.services.known import Kind, KnownString
from costeer.services.ledger_report.figures import Figures


@dataclasses.dataclass(frozen=True, slots=True)
class LedgerReport:
    """`month` is None for all time. `quoted` are some of the texts that were sent, `texts` counts all, by cloud
    and kind. `private_texts` is how many private texts were looked for in what was sent, `private_found` those
    that stand in it; `private_words` are words of the private context that steering wrote into answers; `tokens`
    of answers were told to clouds, which gave away at most `leak_bits`."""

    made: datetime
    month: date | None
    figures: Figures
    checked: Verification
    quoted: tuple[KnownString, ...]
    texts: tuple[tuple[str, Kind, int], ...]
    private_texts: int
    private_found: tuple[str, ...]
    private_words: tuple[str, ...]
    tokens: int
    leak_bits: float

    def plain(self) -> dict[str, object]:
        """As JSON holds it."""
        value: dict[str, object] = _plain(dataclasses.asdict(self))
        return {**value, "checked": self.checked.plain()}


def _plain(value: Any) -> Any:
    """Times as texts, deep inside too."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
