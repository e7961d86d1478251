"""Worlds small enough to compute what the cloud really learns: mutual information by enumeration.

The user is one of a handful of *profiles*; which one changes the local model with context and what is private,
and nothing else. Real decoders write an answer. Every draw, this computer's and the cloud's, is taken in every
way that it can fall, with its exact probability; what the cloud sees is the sequence of requests, of what it
told, and of hang-ups.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from costeer.steering.chance import Uniform
from costeer.steering.choice import Chooser
from costeer.steering.decoders.common import DecodeCounts, Decoder, DecodeTask, LookaheadOptions
from costeer.steering.decoders.unsteered import unsteered
from costeer.steering.distributions import softmax
from costeer.steering.leak.budget import LeakBudget
from costeer.steering.leak.meter import LeakMeter
from costeer.steering.masks import StringMask
from costeer.steering.policy import Policy
from costeer.steering.types import CloudPosition, Draws, Float32Array, FloatArray
from costeer.steering.vocabulary import Vocabulary
from tests.steering.worlds import END, World, WorldLocal


def marked_vocabulary(size: int) -> Vocabulary:
    """Token 0 ends, token 1 is the mark of an omission, the others are words of one letter."""
    words = [b" " + bytes([97 + one]) for one in range(size - 2)]
    return Vocabulary([b"<end>", "…".encode(), *words], frozenset({END}))


class Enumeration:
    """Every way in which a sequence of random choices can fall, one after the other, with its probability."""

    def __init__(self) -> None:
        self._path: list[tuple[int, Sequence[tuple[int, float]]]] = []
        self._at = 0
        self.probability = 1.0

    def choose(self, outcomes: Sequence[tuple[int, float]]) -> int:
        """One of (value, probability), those that cannot happen left out."""
        if self._at == len(self._path):
            self._path.append((0, [one for one in outcomes if one[1] > 0.0]))
        index, possible = self._path[self._at]
        self._at += 1
        value, probability = possible[index]
        self.probability *= probability
        return value

    def runs(self, most: int = 200_000) -> Iterator[None]:
        """Runs of the same program, until all ways have been taken."""
        for _ in range(most):
            self._at, self.probability = 0, 1.0
            yield
            while self._path and self._path[-1][0] + 1 == len(self._path[-1][1]):
                self._path.pop()
            if not self._path:
                return
            index, possible = self._path[-1]
            self._path[-1] = index + 1, possible
        raise AssertionError("the world is too large to be enumerated")


class _Between:
    """A number of which it is known between which bounds it lies; each question halves the possible worlds."""

    def __init__(self, all_ways: Enumeration) -> None:
        self._all = all_ways
        self._low, self._high = 0.0, 1.0

    def below(self, threshold: float) -> bool:
        return self._narrow([threshold]) == 0

    def among(self, masses: FloatArray, first: int | None = None) -> int:
        order = list(range(len(masses)))
        if first is not None:
            order = [first, *order[:first], *order[first + 1 :]]
        order = [one for one in order if masses[one] > 0.0]
        ends = np.cumsum(masses[order]) / masses.sum()
        return order[self._narrow(ends[:-1].tolist())]

    def _narrow(self, thresholds: Sequence[float]) -> int:
        """In which of the intervals between ascending thresholds it is."""
        ends = [min(self._high, max(self._low, one)) for one in (self._low, *thresholds, self._high)]
        width = self._high - self._low
        at = self._all.choose([(at, (ends[at + 1] - ends[at]) / width) for at in range(len(ends) - 1)])
        self._low, self._high = ends[at], ends[at + 1]
        return at


@dataclass(frozen=True)
class EveryChance:
    """Implements Chance. Nobody knows the draws."""

    all_ways: Enumeration
    known: bool = False

    def uniform(self) -> Uniform:
        return _Between(self.all_ways)


@dataclass
class ProfileWorld(World):
    """The cloud and the local model without context are those of `seed`, the one with context also of
    `profile`."""

    profile: int = 0

    def local_logits(self, prefix: Sequence[int]) -> Float32Array:
        plain = self.spread * self.numbers(1, prefix)
        return np.stack([plain + self.difference * self.numbers(100 + self.profile, prefix), plain]).astype(
            np.float32
        )


Event = tuple[Hashable, ...]


@dataclass
class SeenCloud:
    """Implements Cloud, and writes down all that it sees."""

    world: World
    all_ways: Enumeration
    vocabulary: Vocabulary
    k: int
    burst: int
    silence: int = 0
    seen: list[Event] = field(default_factory=list)
    opened: int = 0

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> SeenStream:
        self.opened += 1
        self.seen.append(("asked", self.opened, tuple(answer), max_tokens, draws is not None))
        return SeenStream(self, self.opened, list(answer), max_tokens, draws, self.silence)


@dataclass
class SeenStream:
    cloud: SeenCloud
    number: int
    prefix: list[int]
    left: int
    draws: Draws | None
    silent: int
    closed: bool = False

    @property
    def waiting(self) -> bool:
        self.silent -= 1
        return self.silent >= 0

    def take(self, most: int) -> list[CloudPosition]:
        self.silent = self.cloud.silence
        arrived: list[CloudPosition] = []
        while self.left > 0 and len(arrived) < min(most, self.cloud.burst):
            position = self._told()
            arrived.append(position)
            self.prefix.append(position.token)
            self.left = 0 if position.token == END else self.left - 1
        return arrived

    def _told(self) -> CloudPosition:
        position = self.cloud.world.position(self.prefix, self.cloud.k)
        if self.draws is not None:
            law = softmax(position.top_logprobs / self.draws.temperature)
            token = self.cloud.all_ways.choose(list(zip(position.top_ids.tolist(), law.tolist(), strict=True)))
            position = replace(position, token=token)
        self.cloud.seen.append(("told", self.number, position.token))
        return replace(position, token_bytes=self.cloud.vocabulary.text_bytes(position.token))

    def close(self) -> None:
        self.left = 0
        if not self.closed:
            self.closed = True
            self.cloud.seen.append(("closed", self.number))


@dataclass(frozen=True)
class Setting:
    """How answers are written. `budget` is made from the bits that earlier answers have cost."""

    policy: Policy
    decoder: Decoder
    limit: int = 3
    k: int = 3
    burst: int = 2
    silence: int = 0
    prefetch: float = 0.0
    budget: Callable[[float], LeakBudget] = lambda _: LeakBudget()
    answers: int = 1


@dataclass(frozen=True)
class Learnt:
    """In bits: what the cloud learns on average, what the meter counts on average, and at most. `ended` is how
    probable it is that steering ended before an answer did, `requests` how many the cloud sees on average.

    `expected` is all that the public expected, together. The bits that were counted for what a user did tell which
    probability the public gave to it: at least the sum over the ways that look alike. It must have given that to
    everybody alike, so the largest of these, over all users, sum up to at most 1; then the bound holds however
    probable each user was.
    """

    information: float
    counted: float
    most: float
    expected: float
    ended: float
    requests: float
    ways: int


def learnt(
    worlds: Sequence[ProfileWorld], vocabulary: Vocabulary, masks: Sequence[StringMask], setting: Setting
) -> Learnt:
    """All profiles are equally likely beforehand."""
    laws: list[dict[tuple[Event, ...], float]] = []
    expected: dict[tuple[Event, ...], float] = defaultdict(float)
    counted, most, ended, requests, ways = 0.0, 0.0, 0.0, 0.0, 0
    for world, mask in zip(worlds, masks, strict=True):
        law: dict[tuple[Event, ...], float] = defaultdict(float)
        public: dict[tuple[Event, ...], float] = defaultdict(float)
        all_ways = Enumeration()
        for _ in all_ways.runs():
            seen, bits, some_ended = _conversation(world, vocabulary, mask, setting, all_ways)
            law[seen] += all_ways.probability
            public[seen] += all_ways.probability * 2.0**-bits
            counted += all_ways.probability * bits / len(worlds)
            ended += all_ways.probability * some_ended / len(worlds)
            asked = sum(one[0] == "asked" for one in seen)
            requests += all_ways.probability * asked / len(worlds)
            most, ways = max(most, bits), ways + 1
        assert math.isclose(sum(law.values()), 1.0, rel_tol=1e-9)
        laws.append(law)
        for seen, probability in public.items():
            expected[seen] = max(expected[seen], probability)
    return Learnt(_information(laws), counted, most, sum(expected.values()), ended, requests, ways)


def _conversation(
    world: ProfileWorld, vocabulary: Vocabulary, mask: StringMask, setting: Setting, all_ways: Enumeration
) -> tuple[tuple[Event, ...], float, bool]:
    """What the cloud sees of some answers, each of which begins anew, what was counted for them, and whether
    steering ended in one."""
    seen: list[Event] = []
    bits = 0.0
    ended, some_ended = False, False
    for number in range(setting.answers):
        cloud = SeenCloud(
            replace(world, seed=world.seed + number),
            all_ways,
            vocabulary,
            setting.k,
            setting.burst,
            setting.silence,
        )
        meter = LeakMeter(setting.budget(bits))
        meter.begin(ended_by="conversation" if ended else None)
        chooser = Chooser(setting.policy, vocabulary, chance=EveryChance(all_ways), mask=mask, meter=meter)
        local = WorldLocal(cloud.world)
        ahead = LookaheadOptions(prefetch=setting.prefetch)
        task = DecodeTask(cloud, local, chooser, vocabulary, setting.limit, DecodeCounts(), ahead=ahead)
        ends = any(step.ends for steps in setting.decoder(task) for step in steps)
        if chooser.over and not ends:
            for _ in unsteered(cloud, chooser, setting.limit, DecodeCounts()):
                pass
        ended = ended or chooser.meter.ended_by == "conversation"
        some_ended = some_ended or chooser.over
        bits += chooser.meter.bits
        # The next question comes with the answer that the user saw.
        seen += [*cloud.seen, ("answer", tuple(chooser.answer))]
    return tuple(seen), bits, some_ended


def _information(laws: Sequence[dict[tuple[Event, ...], float]]) -> float:
    """I(profile; what is seen), profiles equally likely."""
    total = 0.0
    together: dict[tuple[Event, ...], float] = defaultdict(float)
    for law in laws:
        for seen, probability in law.items():
            together[seen] += probability / len(laws)
    for law in laws:
        for seen, probability in law.items():
            if probability > 0.0:
                total += probability / len(laws) * math.log2(probability / together[seen])
    return total
