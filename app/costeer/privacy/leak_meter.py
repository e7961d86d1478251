"""An upper bound on what the sent tokens reveal about the profile, in bits.

For any reference `r` computed from public information alone, `E[sum_t log2 q_t(y_t) / r_t(y_t)]` bounds from
above the bits that the tokens reveal. Here `r = (1-e) * onehot(argmax p) + e * p'`, where `p` is the
cloud's own distribution completed with the local model *without* context, and `p'` mixes in a thousandth of the
uniform distribution so that a token the cloud found impossible costs finitely many bits.

When the cloud drew by itself, it also sees whether its draw was refused. Then the transcript at a position is
"accepted", which the reference expects with probability `1 - e`, or "refused, and this token instead", which it
expects with `e * p'`.
"""

from __future__ import annotations

import math

from costeer.steering.trace import TokenTrace

_SPREAD = 0.25
_UNIFORM = 1e-3


class LeakMeter:
    """The running sum of one answer. Tokens that were not steered reveal nothing and cost nothing."""

    def __init__(self, vocabulary_size: int) -> None:
        self._floor = _UNIFORM / vocabulary_size
        self.bits = 0.0

    def add(self, trace: TokenTrace) -> float:
        """Count one final token (the end token included); returns the new sum."""
        if trace.steered:
            public = (1.0 - _UNIFORM) * trace.cloud_probability + self._floor
            if trace.draw == "accepted":
                reference = 1.0 - _SPREAD
            elif trace.draw == "refused":
                reference = _SPREAD * public
            else:
                reference = _SPREAD * public + (0.0 if trace.changed else 1.0 - _SPREAD)
            self.bits += math.log2(trace.probability / reference)
        return self.bits
