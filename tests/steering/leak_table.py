"""How tight the leak meter is in small worlds, as the table in docs/leak-meter.md.

    PYTHONPATH=app python -m tests.steering.leak_table [--worlds N] [--seed S]

Each line is the mean over random worlds: what the cloud learns (mutual information by enumeration), what the meter
counts, and their ratio; the least ratio of any world; how often a bound failed.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.leak.budget import Allowance, LeakBudget
from costeer.steering.masks import StringMask
from costeer.steering.policy import Policy, Sampling
from costeer.steering.strength import Strength
from tests.steering.leak_worlds import Learnt, ProfileWorld, Setting, learnt, marked_vocabulary

_ROUNDING = 1e-9
_GREEDY, _DRAWN = Setting(Policy.at(Strength(1.0, 0.15)), lookahead, 4, 3), 2


@dataclass(frozen=True)
class Line:
    name: str
    setting: Setting
    users: int
    size: int
    masked: bool = False


def lines() -> Iterator[Line]:
    for users in (2, 4, 8, 16):
        yield Line(f"greedy, {users} users", _GREEDY, users, 6)
    yield Line("greedy, c = 0.5", replace(_GREEDY, policy=Policy.at(Strength(0.5, 0.15))), 8, 6)
    for users in (2, 8):
        yield Line(f"quiet, {users} users", _drawn("quiet", 3), users, 5)
    for users in (2, 8):
        yield Line(f"fast, {users} users", _drawn("fast", 2), users, 4)
    for name, asked, size in (
        ("greedy", _GREEDY, 6),
        ("quiet", _drawn("quiet", 3), 5),
        ("fast", _drawn("fast", 2), 4),
    ):
        yield Line(f"{name}, 8 users, branches asked for beforehand", replace(asked, prefetch=4.0), 8, size)
    yield Line("quiet, bounded differences", _drawn("quiet", 3, clip=0.4), 8, 5)
    yield Line("greedy, private texts", replace(_GREEDY, prefetch=4.0), 8, 6, masked=True)
    yield Line("quiet, private texts", replace(_drawn("quiet", 3), prefetch=4.0), 8, 5, masked=True)
    budget = LeakBudget((Allowance("answer", 15.0),), 6.0, 5.0)
    yield Line("greedy, a budget of 15 bits", replace(_GREEDY, budget=lambda _: budget), 8, 6)
    yield Line("quiet, a budget of 15 bits", replace(_drawn("quiet", 3), budget=lambda _: budget), 8, 5)


def _drawn(sampling: Sampling, k: int, clip: float = math.inf) -> Setting:
    policy = Policy.at(Strength(1.0, 0.15), 0.8, clip=clip, sampling=sampling)
    return Setting(policy, lookahead, _DRAWN, k)


def worlds(line: Line, seed: int) -> Learnt:
    random = np.random.default_rng([seed, line.users, line.size])
    spread, difference = float(random.uniform(0.5, 4.0)), float(random.uniform(0.3, 2.0))
    vocabulary = marked_vocabulary(line.size)
    users = [ProfileWorld(seed, line.size, spread, difference, profile=one) for one in range(line.users)]
    masks = []
    for _ in users:
        words = vocabulary.join(int(one) for one in random.integers(2, line.size, size=2)).decode().strip()
        masks.append(StringMask([words] if line.masked else []))
    return learnt(users, vocabulary, masks, line.setting)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=40, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    given = parser.parse_args()
    _say("| answers | learnt | counted | ratio | least ratio | failed |\n|---|---|---|---|---|---|")
    for line in lines():
        found = [worlds(line, 1000 * given.seed + at) for at in range(given.worlds)]
        information = np.array([one.information for one in found])
        counted = np.array([one.counted for one in found])
        some = information > 0.01
        least = f"{(counted[some] / information[some]).min():.2f}" if some.any() else "-"
        failed = sum(one.counted < one.information - _ROUNDING or one.expected > 1.0 + _ROUNDING for one in found)
        ratio = counted.mean() / information.mean()
        means = f"{information.mean():.2f} | {counted.mean():.2f}"
        _say(f"| {line.name} | {means} | {ratio:.1f} | {least} | {failed} |")


def _say(row: str) -> None:
    sys.stdout.write(row + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
