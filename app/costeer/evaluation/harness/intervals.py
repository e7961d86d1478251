"""How sure a mean is: 95 % intervals by the bootstrap over clusters, and paired differences.

Values that belong together (the answers of one user, the positions of one text) are not independent, so whole
clusters are drawn again, never single values. `steering.calibration.ratio_interval` widens what the percentiles
of few clusters give. Where all values of a share are 0, or all 1, drawing again shows nothing; then the bound is
the exact binomial one for as many trials as there are clusters. Pure; for any thread.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from costeer.steering.calibration import ratio_interval

_SEED = 0
_BEYOND = 0.025


@dataclass(frozen=True, slots=True)
class Interval:
    """The mean `value` of `n` values and its 95 % interval; both bounds are None with a single cluster."""

    value: float
    low: float | None
    high: float | None
    n: int

    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def mean_interval(values: Sequence[float], clusters: Sequence[Hashable], *, share: bool = False) -> Interval:
    """The mean of all values. `clusters` says of each which cluster it is of; `share`: they lie in [0, 1].

    The same values give the same interval. Raises ValueError without values.
    """
    if not values:
        raise ValueError("an interval needs values")
    sums: dict[Hashable, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        sums.setdefault(cluster, []).append(value)
    mean = sum(values) / len(values)
    if len(sums) < 2:
        return Interval(mean, None, None, len(values))
    low, high = ratio_interval(
        np.array([sum(one) for one in sums.values()]), np.array([float(len(one)) for one in sums.values()]), _SEED
    )
    if share:
        low, high = max(0.0, low), min(1.0, high)
        unseen = 1.0 - _BEYOND ** (1.0 / len(sums))
        if max(values) == 0.0:
            high = unseen
        elif min(values) == 1.0:
            low = 1.0 - unseen
    return Interval(mean, min(low, mean), max(high, mean), len(values))


def paired_interval(some: Sequence[float], others: Sequence[float], clusters: Sequence[Hashable]) -> Interval:
    """The mean of `some` minus `others`, pair by pair. Raises ValueError without pairs."""
    return mean_interval([one - other for one, other in zip(some, others, strict=True)], clusters)
