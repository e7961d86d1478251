"""The optimal attacker's law is the law of what the device does, and its likelihoods are those of transcripts."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from tests.evaluation.toy_ledger import Candidates, drawing_law, drawn, vocabulary
from tests.steering.worlds import END

from costeer.evaluation.attribution.attackers import worth
from costeer.evaluation.attribution.law import SeenLaw, SteeringLaw, likelihood
from costeer.evaluation.attribution.transcript import Transcript
from costeer.steering.chance import SeededChance
from costeer.steering.choice import Chooser
from costeer.steering.masks import StringMask
from costeer.steering.policy import Policy, Sampling
from costeer.steering.strength import Strength

SIZE = 12
TOLD = 5
DRAWS = 1500
TOLERANCE = 4.5 * math.sqrt(0.25 / DRAWS)
TEMPERATURE = 0.8


def policy(sampling: str, plausibility: float = 0.0, sure: float = 1.0) -> Policy:
    kind: Sampling = "fast" if sampling == "fast" else "quiet"
    temperature = 0.0 if sampling == "greedy" else TEMPERATURE
    strength = Strength(1.0, 0.15)
    return Policy.at(strength, temperature, plausibility=plausibility, sure=sure, sampling=kind)


def frequencies(world: Candidates, chosen: Policy, mask: StringMask, *, ellipsis: bool) -> Counter[int]:
    """What the real chooser ends up with behind " a b", in many draws; the cloud's own token is the first told."""
    words = vocabulary(SIZE, ellipsis=ellipsis)
    position, row = world.position((1, 2), TOLD), world.row((1, 2))
    found: Counter[int] = Counter()
    for seed in range(1 if chosen.greedy else DRAWS):
        chooser = Chooser(chosen, words, chance=SeededChance(seed), mask=mask, answer=(1, 2), written=b" a b")
        step = chooser.without_local(position) or chooser.decide(position, row)
        found[step.trace.token] += 1
    return found


@pytest.mark.parametrize("sampling", ["greedy", "quiet", "fast"])
@pytest.mark.parametrize("ellipsis", [True, False], ids=["with a mark", "without"])
@pytest.mark.parametrize("private", [(), ("b c", "b d", "b f")], ids=["open", "masked"])
def test_the_law_is_that_of_the_chooser(sampling: str, ellipsis: bool, private: tuple[str, ...]) -> None:
    world = Candidates(seed=3, size=SIZE, spread=1.0, difference=1.0)
    mask = StringMask(private)
    chosen = policy(sampling, plausibility=0.01, sure=0.98)
    words = vocabulary(SIZE, ellipsis=ellipsis)
    law = SteeringLaw(chosen, words, mask).at(world.position((1, 2), TOLD), world.row((1, 2)), (1, 2), b" a b")
    assert sum(law.by_token.values()) == pytest.approx(1.0)
    found = frequencies(world, chosen, mask, ellipsis=ellipsis)
    for token in range(SIZE):
        expected = law.probability(token)
        assert found[token] / found.total() == pytest.approx(expected, abs=TOLERANCE), token
        assert found[token] == 0 or expected > 0.0, "nothing is written that the law calls impossible"


def test_where_the_cloud_is_sure_the_candidate_has_no_say() -> None:
    world = Candidates(seed=1, size=SIZE, spread=8.0)
    chosen = policy("quiet", sure=0.5)
    law = SteeringLaw(chosen, vocabulary(SIZE), StringMask(()))
    position = world.position((), TOLD)
    assert law.is_public(position)
    one = law.at(position, None, (), b"").by_token
    assert one == law.at(position, Candidates(seed=1, size=SIZE, device=3).row(()), (), b"").by_token


def test_a_loop_ends_the_answer() -> None:
    world = Candidates(seed=2, size=SIZE)
    block = [1, 2, 3, 4, 5, 6, 7, 8]
    answer = [*block, *block, *block[:-1]]
    position, row = world.position(answer, TOLD), world.row(answer)
    chosen = policy("quiet")
    law = SteeringLaw(chosen, vocabulary(SIZE), StringMask(())).at(position, row, answer, b"")
    assert law.probability(block[-1]) == 0.0
    ended = 0
    for seed in range(DRAWS):
        chooser = Chooser(chosen, vocabulary(SIZE), chance=SeededChance(seed), answer=answer)
        ended += chooser.decide(position, row).ends
    assert ended / DRAWS == pytest.approx(law.ends(), abs=TOLERANCE)


# Transcripts of short answers, enumerated. Tokens 1 to SMALL - 1 and the end.

SMALL = 4
LIMIT = 3
Shown = tuple[tuple[int, ...], int]
"""The path that the cloud knows, and how much of it is established."""


def law_at(world: Candidates, sampling: str, prefix: tuple[int, ...], own: int | None = None) -> SeenLaw:
    position = world.position(prefix, SMALL)
    position = position if own is None else drawn(position, own)
    law = SteeringLaw(policy(sampling), vocabulary(SMALL), StringMask(()))
    return law.at(position, world.row(prefix), prefix, b"")


def shown_by(world: Candidates, answer: tuple[int, ...], *, token_by_token: bool) -> Shown:
    """What an answer (its end included, where it has one) shows the cloud: a departure is seen once a request
    follows, and behind the last one the cloud knows its own words."""

    def own(prefix: tuple[int, ...]) -> int:
        return world.position(prefix, SMALL).token

    if token_by_token:
        sent = answer[: len(answer) - 1]
        return (*sent, own(sent)), len(sent)
    followed = [
        at
        for at, token in enumerate(answer)
        if token not in (own(answer[:at]), END) and at < LIMIT - 1 and token != END
    ]
    established = followed[-1] + 1 if followed else 0
    path = answer[:established]
    while len(path) < LIMIT and (not path or path[-1] != END):
        path = (*path, own(path))
    return path, established


def answers(world: Candidates, sampling: str) -> dict[tuple[int, ...], float]:
    """Every answer with its probability, the end token included."""
    found: dict[tuple[int, ...], float] = {}
    for tokens in itertools.product(range(SMALL), repeat=LIMIT):
        answer = tokens[: tokens.index(END) + 1] if END in tokens else tokens
        if answer not in found:
            found[answer] = math.prod(
                law_at(world, sampling, answer[:at]).probability(token) for at, token in enumerate(answer)
            )
    return found


def transcript_of(world: Candidates, shown: Shown) -> Transcript:
    path, established = shown
    positions = tuple(world.position(path[:at], SMALL) for at in range(len(path)))
    return Transcript((), "", path, positions, established, LIMIT)


@pytest.mark.parametrize("token_by_token", [False, True], ids=["lookahead", "token by token"])
@pytest.mark.parametrize("sampling", ["greedy", "quiet"])
@pytest.mark.parametrize("seed", range(3))
def test_likelihoods_are_those_of_the_transcripts(seed: int, sampling: str, token_by_token: bool) -> None:
    for device in range(2):
        world = Candidates(seed=seed, size=SMALL, spread=1.0, difference=1.5, device=device)
        expected: dict[Shown, float] = defaultdict(float)
        for answer, mass in answers(world, sampling).items():
            expected[shown_by(world, answer, token_by_token=token_by_token)] += mass
        assert sum(expected.values()) == pytest.approx(1.0)
        for shown, mass in expected.items():
            transcript = transcript_of(world, shown)
            laws = [law_at(world, sampling, shown[0][:at]) for at in range(len(shown[0]))]
            found = likelihood(transcript, laws, frozenset({END}))
            if mass > 1e-8:
                assert math.exp(found.log) == pytest.approx(mass, rel=1e-6)
                assert not found.impossible
            else:
                assert found.impossible


def test_what_the_cloud_drew_is_seen_accepted_or_refused() -> None:
    world = Candidates(seed=9, size=SMALL, spread=0.7, difference=1.0)
    prefix = (1, 2)
    quiet = law_at(world, "quiet", prefix)
    total: dict[int, float] = defaultdict(float)
    for own, mass in drawing_law(world.position(prefix, SMALL), TEMPERATURE).items():
        for token, share in law_at(world, "fast", prefix, own).by_token.items():
            total[token] += mass * share
    assert dict(total) == pytest.approx(quiet.by_token), "whoever draws, the answer has one law"


@pytest.mark.parametrize("sampling", ["greedy", "quiet"])
def test_nobody_guesses_better(sampling: str) -> None:
    """The optimal attacker's accuracy, over all answers with their probabilities, is the Bayes accuracy."""
    worlds = [Candidates(seed=5, size=SMALL, spread=1.0, difference=1.0, device=device) for device in range(3)]
    per_device = [answers(world, sampling) for world in worlds]
    masses: dict[Shown, list[float]] = defaultdict(lambda: [0.0] * len(worlds))
    for device, found in enumerate(per_device):
        for answer, mass in found.items():
            masses[shown_by(worlds[0], answer, token_by_token=False)][device] += mass
    bayes = sum(max(one) for one in masses.values()) / len(worlds)
    accuracy = information = 0.0
    for shown, of_devices in masses.items():
        transcript = transcript_of(worlds[0], shown)
        scores = np.array(
            [
                likelihood(
                    transcript,
                    [law_at(world, sampling, shown[0][:at]) for at in range(len(shown[0]))],
                    frozenset({END}),
                ).log
                for world in worlds
            ]
        )
        for device, mass in enumerate(of_devices):
            if mass > 0.0:
                one = worth(scores, device)
                accuracy += mass / len(worlds) * one.accuracy
                information += mass / len(worlds) * one.information
    assert accuracy == pytest.approx(bayes, abs=1e-6)
    assert information == pytest.approx(mutual_information(list(masses.values())), abs=1e-4)


def mutual_information(masses: list[list[float]]) -> float:
    """Between the device and the transcript, bits, all devices equally likely."""
    count = len(masses[0])
    return sum(
        one / count * math.log2(one * count / sum(of_devices))
        for of_devices in masses
        for one in of_devices
        if one > 0.0
    )
