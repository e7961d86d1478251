"""How the cloud is asked to choose its tokens, and the law of its choice. Pure; for any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costeer.cloud.reported import ReportedPosition

LONGEST_CHARACTER = 4
"""Bytes, in UTF-8."""

_SEEDS = 2**32 - 1  # the largest 32-bit number means "any seed" to llama.cpp


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the cloud chooses. The greedy body has `temperature` alone.

    With a `top_k`, it draws from exactly that many alternatives, the ones that it reports, with probabilities
    proportional to exp(logprob / temperature); without, from all of them, cut at `top_p` after the temperature.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    top_k: int = 0

    @property
    def greedy(self) -> bool:
        return self.temperature == 0.0

    def fields(self, written: int) -> dict[str, object]:
        """For a request behind `written` answer tokens; each starts from a seed of its own, as a repeated seed
        would repeat the draws."""
        if self.greedy:
            return {"temperature": 0.0}
        # Without `samplers` the server's own defaults (min-p, say) would thin out the distribution.
        chosen: dict[str, object] = {"temperature": self.temperature, "seed": (self.seed + written) % _SEEDS}
        if self.top_k:
            return {**chosen, "top_k": self.top_k, "samplers": ["top_k", "temperature"]}
        return {**chosen, "top_p": self.top_p, "samplers": ["temperature", "top_p"]}

    def draw_withheld(self, reported: ReportedPosition, tail: bytes, written: int) -> int | None:
        """A draw from those alternatives that the server would withhold behind the bytes `tail`; None if none.

        A draw that is withheld is not told. That it was withheld is, so a draw from the same law, among the
        withheld ones, has the law of what was drawn; what came after it is drawn again.
        """
        withheld = np.array([ends_inside_character(tail + one) for one in reported.top_bytes])
        if not withheld.any():
            return None
        logits = reported.top_logprobs[withheld] / self.temperature
        weights = np.exp(logits - logits.max())
        random = np.random.default_rng([self.seed % _SEEDS, written])
        return int(random.choice(reported.top_ids[withheld], p=weights / weights.sum()))


def ends_inside_character(text: bytes) -> bool:
    """Whether llama-server waits for more before it shows `text`: it ends behind the first byte of a UTF-8
    character of several, before its last (`validate_utf8` in its source)."""
    for back in range(1, min(LONGEST_CHARACTER, len(text)) + 1):
        lead = text[-back]
        if lead & 0xE0 == 0xC0 or lead & 0xF0 == 0xE0 or lead & 0xF8 == 0xF0:
            return back < (2 if lead & 0xE0 == 0xC0 else 3 if lead & 0xF0 == 0xE0 else 4)
    return False
