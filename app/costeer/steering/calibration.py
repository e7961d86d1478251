"""Which point of gain and mixture writes most like the user.

At each position of a text that the user wrote, a point (c, w) gives the token that stands there the probability

    q(y) = (1 - w) * exp(b_y + c*d_y) / sum_x exp(b_x + c*d_x) + w * exp(lw_y),      d = lw - lo

(`policy.steer` at temperature 1 without mask and gate; where the local model insists `w` is greater), and the
token costs -log2 q(y) bits. The sum over the vocabulary depends on c alone, so that one sweep per gain and
position is enough for a whole grid of points.

A point that was found on a text does well on that text whatever it is worth. So it is found on one half of the
chunks and judged on the other, both ways. It counts only where the whole interval of its gain is above zero and
the gain is worth the name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from costeer.steering.policy import WITH_CONTEXT, WITHOUT_CONTEXT, insists
from costeer.steering.types import BoolArray, FloatArray, IdArray, Opinions

LEAST_CHUNKS = 6
"""With fewer, an interval means nothing: that all of five differences have one sign happens by chance."""

LEAST_GAIN = 0.02
"""Bits per token: a mark is not worth less, however sure it is. The optimum is flat."""

LEAST_PROBABILITY = 2.0**-40
"""What a token costs is bounded: where the cloud tells all of its mass, another token has none of it."""

_RESAMPLES = 4000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceLogprobs:
    """Of `n` reference tokens: the product part at each of the gains, shape (n, C), and the local model with
    context, shape (n,), in nats; and whether that model insists, shape (n,)."""

    product: FloatArray
    local: FloatArray
    insists: BoolArray


@dataclass(frozen=True, slots=True)
class PerToken:
    """Bits a token, with the 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """`best` is the point that fits everything; the rest is held out: bits per token of the cloud alone, of the
    default, and of what was fitted on the other half; `gain` over the default, with its 95 % interval. `helped` is
    what the default takes less than the cloud alone, which nothing was fitted for."""

    best: int
    alone: float
    default: float
    fitted: float
    gain: float
    low: float
    high: float
    better: bool
    helped: PerToken


def reference_logprobs(opinions: Opinions, token: int, gains: Sequence[float]) -> tuple[FloatArray, float, bool]:
    """One row of `ReferenceLogprobs`. `opinions` must hold the whole vocabulary (plausibility 0).

    The sweeps are in float32, their sums in float64.
    """
    at = opinions.index(token)
    if at is None:
        raise ValueError(f"token {token} is not among the {len(opinions.ids)} candidates")
    local = opinions.branches[WITH_CONTEXT]
    difference = local - opinions.branches[WITHOUT_CONTEXT]
    cloud32, difference32 = opinions.cloud.astype(np.float32), difference.astype(np.float32)
    swept = np.empty_like(cloud32)
    product = np.empty(len(gains))
    for number, gain in enumerate(gains):
        np.multiply(difference32, np.float32(gain), out=swept)
        swept += cloud32
        peak = float(swept.max())
        swept -= np.float32(peak)
        np.exp(swept, out=swept)
        norm = peak + math.log(float(swept.sum(dtype=np.float64)))
        product[number] = float(opinions.cloud[at]) + gain * float(difference[at]) - norm
    return product, float(local[at]), insists(opinions)


def bits_at(told: ReferenceLogprobs, gains: IdArray, mixtures: FloatArray, insistences: FloatArray) -> FloatArray:
    """What each reference token costs at each point, shape (n, P), bits.

    Points: `gains` (P,) are columns of `told.product`, `mixtures` (P,) the weights w, `insistences` (P,) those
    where the local model insists, if they are greater.
    """
    product = np.exp(told.product)[:, gains]
    local = np.exp(told.local)[:, None]
    weights = np.where(told.insists[:, None], np.maximum(mixtures, insistences), mixtures)
    return np.asarray(-np.log2(np.maximum((1.0 - weights) * product + weights * local, LEAST_PROBABILITY)))


def calibrate(bits: FloatArray, chunks: IdArray, *, default: int, alone: int, seed: int = 0) -> Calibration:
    """Find the best of the points and check it on what it was not found on.

    `bits` (n, P) as from `bits_at`; `chunks` (n,) says which chunk of text each position is of, 0, 1, ...;
    `default` is the point to beat and `alone` the cloud's own, which is never chosen. Even and odd chunks are
    the halves. Raises ValueError for fewer than LEAST_CHUNKS chunks.
    """
    sums, lengths = _by_chunk(bits, chunks)
    count = len(lengths)
    if count < LEAST_CHUNKS:
        raise ValueError(f"{count} chunks are fewer than {LEAST_CHUNKS}")
    odd = np.arange(count) % 2 == 1
    fitted = np.empty(count)
    for half in (odd, ~odd):
        fitted[half] = sums[half, _best(sums[~half], alone)]
    total = float(lengths.sum())
    gains = sums[:, default] - fitted
    low, high = ratio_interval(gains, lengths, seed)
    gain = float(gains.sum()) / total
    best = _best(sums, alone)
    here, there = float(fitted.sum()) / total, float(sums[:, alone].sum()) / total
    return Calibration(
        best=best,
        alone=there,
        default=float(sums[:, default].sum()) / total,
        fitted=here,
        gain=gain,
        low=low,
        high=high,
        better=best != default and low > 0.0 and gain >= LEAST_GAIN and here < there,
        helped=_per_token(sums[:, alone] - sums[:, default], lengths, seed),
    )


def bits_per_token(bits: FloatArray, chunks: IdArray, points: Sequence[int], seed: int = 0) -> list[PerToken]:
    """What each of the `points` takes. `bits` and `chunks` as in `calibrate`."""
    sums, lengths = _by_chunk(bits, chunks)
    return [_per_token(sums[:, one], lengths, seed) for one in points]


def _by_chunk(bits: FloatArray, chunks: IdArray) -> tuple[FloatArray, FloatArray]:
    """Sums over the positions of each chunk, shape (chunks, P), and how many there are."""
    count = int(chunks.max()) + 1 if len(chunks) else 0
    sums = np.zeros((count, bits.shape[1]))
    np.add.at(sums, chunks, bits)
    return sums, np.bincount(chunks, minlength=count).astype(np.float64)


def _per_token(sums: FloatArray, lengths: FloatArray, seed: int) -> PerToken:
    low, high = ratio_interval(sums, lengths, seed)
    return PerToken(float(sums.sum() / lengths.sum()), low, high)


def _best(sums: FloatArray, alone: int) -> int:
    total = sums.sum(axis=0)
    total[alone] = np.inf
    return int(np.argmin(total))


def ratio_interval(values: FloatArray, lengths: FloatArray, seed: int) -> tuple[float, float]:
    """The 95 % interval of sum(values) / sum(lengths): chunks are drawn again, with replacement.

    For few chunks, percentiles of the bootstrap are too narrow, so they are taken further out by what Student's t
    has over the normal distribution (Hesterberg, "What teachers should know about the bootstrap", section 3.3).
    """
    count = len(values)
    drawn = np.random.default_rng(seed).integers(0, count, size=(_RESAMPLES, count))
    ratios = values[drawn].sum(axis=1) / lengths[drawn].sum(axis=1)
    beyond = NormalDist().cdf(-math.sqrt(count / (count - 1)) * _student_quantile(count - 1))
    low, high = np.quantile(ratios, [beyond, 1.0 - beyond])
    return float(low), float(high)


def _student_quantile(freedom: int) -> float:
    """Of Student's t, two-sided at the level; Fisher's expansion, within 0.02 from five degrees of freedom on."""
    z = NormalDist().inv_cdf(0.5 + _LEVEL / 2.0)
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    return float(z + first / freedom + second / freedom**2 + third / freedom**3)
