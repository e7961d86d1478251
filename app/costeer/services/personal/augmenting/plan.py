"""What is to be written, what of it would be sent, and what came of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from costeer.foundation.errors import BadInput
from costeer.foundation.ranges import check_ranges
from costeer.foundation.translatable import Translatable
from costeer.services.options import MOST_MIXTURE
from costeer.steering.strength import STRONGEST

Way = Literal["private", "samples"]
"""Whether texts like the user's come about by steering on this computer, or by sending some of theirs, redacted,
as CDCDA-PLM does (arXiv 2508.21313)."""

MOST_TEXTS, MOST_MONEY = 100, 10_000.0
"""There are forty topics, and three tasks of each."""


@dataclass(frozen=True, slots=True)
class AugmentationPlan:
    """`texts` are to be written, of which fewer pass the gates. `most_tokens` bounds what the cloud is sent and
    what it writes together, `most_money` what that costs at the prices that the user has entered; 0 is no bound.
    `shown` are the user's texts that the local model (or, of the other way, the cloud) sees at a time. Of the
    private way: `strength` is the slider's position, `mixture` the weight of the local model's own words,
    `personal` whether that is the personal model, where there is one already.
    """

    way: Way = "private"
    texts: int = 24
    most_tokens: int = 100_000
    most_money: float = 0.0
    strength: float = 1.0
    mixture: float = 0.5
    personal: bool = True
    shown: int = 4
    tasks_at_once: int = 3

    def check(self) -> None:
        """Raises BadInput, naming the value and its range."""
        if self.way not in ("private", "samples"):
            raise BadInput(
                "There is no way {way!r} to have texts written; choose private or samples.", way=self.way
            )
        check_ranges(
            (
                (Translatable("number of texts"), self.texts, 1, MOST_TEXTS),
                (Translatable("most tokens"), self.most_tokens, 0, 10_000_000),
                (Translatable("most money"), self.most_money, 0.0, MOST_MONEY),
                (Translatable("strength"), self.strength, 0.0, STRONGEST),
                (Translatable("mixture"), self.mixture, 0.0, MOST_MIXTURE),
                (Translatable("texts shown"), self.shown, 1, 8),
            )
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """A text of the user's as it would be sent: `replaced` are (what stands there, what it stands for)."""

    id: str
    sent: str
    replaced: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent, word by word: `requests` ask for tasks, and `samples` would stand before each task that
    comes back; with none of them the task alone is sent, and then the answer's own tokens. `tokens` is what that
    takes at most, by a rule of thumb; `money` is None where no prices are known."""

    requests: tuple[str, ...]
    samples: tuple[Sample, ...]
    tokens: int
    money: float | None
    currency: str
    cloud: str

    @property
    def approval(self) -> str:
        """Names what would be sent, and to whom, to the letter: whoever has seen it can say so with this. 12
        hexadecimal digits of a SHA-256."""
        told = (self.cloud, self.requests, [one.sent for one in self.samples])
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Spent:
    """`money` is None where no prices are known. `leak_bits` is what the answers may tell of the user's texts, by
    the leak meter; what was sent as a sample is not in it."""

    tokens: int = 0
    money: float | None = None
    currency: str = ""
    leak_bits: float = 0.0


@dataclass(frozen=True, slots=True)
class Augmented:
    """`fell` says how many texts fell at each gate, in the order of the gates, `unfinished` how many never came to
    their end; `budget_used_up`: there would have been more."""

    written: int
    kept: int
    unfinished: int
    fell: tuple[tuple[str, int], ...]
    spent: Spent
    budget_used_up: bool
    seconds: float
