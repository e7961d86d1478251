"""Byte strings as candidates: exact against brute force, equal for every decoder, and never half a character."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costeer.foundation.errors import LocalModelLost
from costeer.steering.chance import SeededChance
from costeer.steering.choice import Chooser, Step
from costeer.steering.decoders.common import DecodeCounts, Decoder, DecodeTask
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.decoders.token_by_token import token_by_token
from costeer.steering.pieces.attribution import Attribution
from costeer.steering.pieces.candidates import Told
from costeer.steering.pieces.flows import flows_to, spelled_mass
from costeer.steering.pieces.prefix import PrefixTokenizer
from costeer.steering.pieces.scorer import Effort, PieceScorer
from costeer.steering.pieces.shared import shared_strings
from costeer.steering.pieces.strings import LocalStrings, is_text
from costeer.steering.pieces.vocabulary import LOCAL_FROM, PieceVocabulary
from costeer.steering.policy import Policy, steer
from costeer.steering.rows import LogitsRow
from costeer.steering.strength import Strength
from costeer.steering.types import CloudPosition, FloatArray
from tests.steering.piece_worlds import CLOUD, CONTROL, LOCAL, LocalWorld, TextCloud, longest_first, scorer_of

texts = st.lists(st.sampled_from([*CLOUD[1:], b"abbab", b"ba ", b"abb a"]), max_size=6, unique=True)
EXACT = Effort(paths=None)
END_BYTES = b"<end>"


def sequences(
    local: LocalWorld, start: tuple[int, ...], enough: Callable[[bytes], bool]
) -> list[tuple[tuple[int, ...], bytes, FloatArray]]:
    """Every sequence of local tokens behind `start`, each no longer than it takes until `enough` of its bytes,
    with its probabilities (B,). An end and control tokens end one."""
    done: list[tuple[tuple[int, ...], bytes, FloatArray]] = []
    going: list[tuple[tuple[int, ...], bytes, FloatArray]] = [((), b"", np.ones(3))]
    while going:
        path, written, reach = going.pop()
        row = local.probabilities((*start, *path))
        for token, text in enumerate(local.tokens):
            stops = token == 0 or token in CONTROL
            one = ((*path, token), written if stops else written + text, reach * row[:, token])
            (done if stops or enough(one[1]) else going).append(one)
    return done


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6), text=st.sampled_from([b"a", b"ab", b"abba", b"bab", b"b a", b"\xc3\xa4", b"zz"])
)
def test_mass_of_a_text_is_the_sum_over_all_ways_to_spell_it(seed: int, text: bytes) -> None:
    local = LocalWorld(seed)
    scorer, _ = scorer_of(local)
    every = sequences(local, (1,), lambda one: len(one) >= len(text) or not text.startswith(one))
    expected = sum((mass for _, one, mass in every if one.startswith(text)), np.zeros(3))
    assert spelled_mass(scorer, (1,), text) == pytest.approx(expected, rel=1e-5, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), told=texts, shared=st.sampled_from([0.0, 0.3, 0.9, 1.0]))
def test_attributed_mass_is_that_of_brute_force(seed: int, told: list[bytes], shared: float) -> None:
    """Each sequence of local tokens supports the longest candidate that its text starts with, unless its first
    token alone goes beyond that: then it competes as far as it is shared."""
    told = sorted(told)
    local = LocalWorld(seed)
    scorer, _ = scorer_of(local, shared, EXACT)
    strings = scorer.strings
    position = CloudPosition(
        0, np.arange(len(told)), np.log(np.full(len(told), 1.0 / (len(told) + 1))), b"", tuple(told)
    )
    mass = scorer.fetch([((), [0])])[()].mass
    support = Attribution(
        strings, scorer.shared, mass, told, flows_to(scorer, (), mass, Told.by(position), position)
    )
    expected = np.zeros((3, len(told)))
    alone = np.zeros((3, len(strings)))

    def enough(text: bytes) -> bool:
        return not any(one.startswith(text) and one != text for one in told)

    for path, text, reach in sequences(local, (), enough):
        first = local.tokens[path[0]]
        if path[0] == 0 or path[0] in CONTROL:
            continue
        spelled = [at for at, one in enumerate(told) if text.startswith(one)]
        own = strings.index(first)
        assert own is not None
        if not spelled:
            alone[:, own] += reach
            continue
        best = max(spelled, key=lambda at: len(told[at]))
        part = shared if len(first) > len(told[best]) else 0.0
        expected[:, best] += (1.0 - part) * reach
        alone[:, own] += part * reach
    assert support.supported == pytest.approx(expected, rel=1e-4, abs=1e-7)
    others = np.array([at for at in range(len(strings)) if at not in support.exact], dtype=np.int64)
    assert support.of(others) == pytest.approx(alone[:, others], rel=1e-4, abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), written=st.sampled_from([b"a", b"ab", b"b", b"abab", b" ", b"\xc3"]))
def test_tokens_that_began_before_the_end_count(seed: int, written: bytes) -> None:
    """What follows is conditioned on the path that the text was read along, and on those longer tokens that begin
    on it and go on behind its end, each as far as it is not shared."""
    local = LocalWorld(seed)
    scorer, vocabulary = scorer_of(local, shared=0.25)
    path = scorer.prefix.tokens(written)
    token = {text: LOCAL_FROM + at for at, text in enumerate(LOCAL)}
    row = scorer.score([token[LOCAL[one]] for one in path], [len(path)])[0]
    mass, ends, _ = row._conditioned(())
    expected = np.zeros((3, len(LOCAL)))
    reach = np.ones(3)
    for at in range(len(path) + 1):
        behind = b"".join(LOCAL[one] for one in path[at:])
        here = local.probabilities(path[:at])
        for one, text in enumerate(LOCAL):
            if one in CONTROL or (not behind and one == 0):
                continue
            if text.startswith(behind) and len(text) > len(behind) and one != 0:
                rest = text[len(behind) :]
                longest = max((other for other in LOCAL[1:12] if rest.startswith(other)), key=len)
                expected[:, LOCAL.index(longest)] += reach * here[:, one] * (0.75 if behind else 1.0)
        if at < len(path):
            reach = reach * here[:, path[at]]
        else:
            expected[:, 0] = reach * here[:, 0]
            control = reach * here[:, CONTROL[0]]
    expected /= expected.sum(axis=1, keepdims=True) + control[:, None]
    for at, text in enumerate(LOCAL[1:12], start=1):
        index = scorer.strings.index(text)
        assert mass[:, index] == pytest.approx(expected[:, at], rel=2e-3, abs=1e-3), "less is not looked at"
    assert ends == pytest.approx(expected[:, 0], rel=2e-3)
    assert len(vocabulary) == len(LOCAL)


def run(decoder: Decoder, seed: int, policy: Policy, *, burst: int = 3, shared: float = 0.9) -> list[Step]:
    scorer, vocabulary = scorer_of(LocalWorld(seed), shared)
    cloud = TextCloud(seed, spell=vocabulary.join, learn=vocabulary.learn, burst=burst)
    task = DecodeTask(
        cloud, scorer, Chooser(policy, vocabulary, chance=SeededChance(5)), vocabulary, 25, DecodeCounts()
    )
    steps = [one for some in decoder(task) for one in some]
    vocabulary.as_sent(task.chooser.answer)  # raises when a piece of a character would have to be sent as text
    return steps


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    policy=st.builds(
        Policy.at,
        st.builds(Strength, st.floats(0.1, 2.0), st.floats(0, 0.4), st.floats(0, 0.8)),
        st.sampled_from([0.0, 0.8]),
        clip=st.sampled_from([np.inf, 1.0]),
        plausibility=st.sampled_from([0.0, 0.01, 0.1]),
    ),
    burst=st.integers(1, 9),
)
def test_lookahead_equals_token_by_token(seed: int, policy: Policy, burst: int) -> None:
    assert run(lookahead, seed, policy, burst=burst) == run(token_by_token, seed, policy)


def test_local_strings_are_written_and_the_end_comes_early_or_late() -> None:
    pieces, ended = 0, 0
    for seed in range(30):
        steps = run(lookahead, seed, Policy.at(Strength(1.5, 0.3)))
        pieces += sum(one.trace.token >= LOCAL_FROM and not one.ends for one in steps)
        ended += any((one.trace.cloud_text == "") != one.ends for one in steps)
    assert pieces > 20
    assert ended > 5


@settings(max_examples=50)
@given(seed=st.integers(0, 10**6), size=st.integers(4, 40), k=st.integers(1, 8), gain=st.floats(0, 2))
def test_one_vocabulary_taken_for_two_is_the_choice_by_ids(seed: int, size: int, k: int, gain: float) -> None:
    """Exactly so, when it is certain that all tokens are shared."""
    random = np.random.default_rng(seed)
    alphabet = [bytes(one) for length in (1, 2, 3) for one in itertools.product(b"abc", repeat=length)]
    tokens = [b"<end>", *alphabet][:size]
    local = LocalWorld(seed, tokens)
    strings = LocalStrings(tokens, [0])
    vocabulary = PieceVocabulary(strings, tokens)
    prefix = PrefixTokenizer(strings, tokens, longest_first(tokens))
    scorer = PieceScorer(local, strings, prefix, vocabulary, np.ones(len(strings)))
    logprobs = np.log(random.dirichlet(np.full(size, 0.3)))
    top = np.argsort(-logprobs)[:k]
    spelled = tuple(b"" if one == 0 else tokens[one] for one in top)
    position = CloudPosition(int(top[0]), top, logprobs[top], spelled[0], spelled)
    vocabulary.learn(position)
    for policy in (Policy.at(Strength(gain, 0.15)), Policy.at(Strength(gain, 0.15), plausibility=0.05)):
        by_id = LogitsRow(local.logits((), [0])[0]).opinions(position, policy.plausibility)
        by_text = scorer.score((), [0])[0].opinions(position, policy.plausibility)
        one = dict(zip(by_id.ids.tolist(), steer(by_id, policy).probabilities.tolist(), strict=True))
        other = dict(zip(by_text.ids.tolist(), steer(by_text, policy).probabilities.tolist(), strict=True))
        assert {at % LOCAL_FROM: pytest.approx(mass, abs=1e-5) for at, mass in other.items()} == one


@given(text=st.text(alphabet="ab ä🚀你\n", max_size=900))
@settings(max_examples=60)
def test_written_bytes_become_tokens_that_spell_them(text: str) -> None:
    tokens = [END_BYTES, *(bytes([one]) for one in range(256)), b"ab", b" a", "ä".encode(), "你".encode()]
    strings = LocalStrings(tokens, [0])
    fresh = [PrefixTokenizer(strings, tokens, longest_first(tokens)) for _ in range(2)]
    data = text.encode()
    for end in {*range(0, len(data), 97), len(data), max(0, len(data) - 1)}:
        path = fresh[0].tokens(data[:end])
        assert b"".join(tokens[one] for one in path) == data[:end]
        assert PrefixTokenizer(strings, tokens, longest_first(tokens)).tokens(data[:end]) == path
    assert fresh[1].tokens(data) == fresh[0].tokens(data)


def test_a_long_answer_is_not_tokenised_again_and_again() -> None:
    asked: list[int] = []
    tokens = [END_BYTES, *(bytes([one]) for one in range(256))]

    def tokenize(text: str) -> list[int]:
        asked.append(len(text))
        return [1 + one for one in text.encode()]

    prefix = PrefixTokenizer(LocalStrings(tokens, [0]), tokens, tokenize)
    written = b""
    for _ in range(400):
        written += b" words"
        prefix.tokens(written)
    assert max(asked[-50:]) <= 256


def test_a_tokenizer_that_puts_a_space_before_a_text() -> None:
    tokens = [END_BYTES, b" ", b" a", b" b", b"a", b"b"]
    plain = longest_first(tokens)
    prefix = PrefixTokenizer(LocalStrings(tokens, [0]), tokens, lambda text: plain(" " + text))
    assert prefix.tokens(b" a b") == (2, 3)
    assert prefix.tokens(b"a b") == (4, 3)


def cutting_white_space(text: str) -> list[int]:
    """As tokenizers of GPT-2's kind do it: the last white space before a word stands alone, at the end it does
    not."""
    ids: list[int] = []
    for part in re.findall(r"\s+(?!\S)|\s+|\w", text):
        ids += [{"\n": 1, "\n\n": 2, "a": 3, "b": 4}[part]]
    return ids


def test_white_space_at_the_end_is_cut_as_before_a_word() -> None:
    tokens = [END_BYTES, b"\n", b"\n\n", b"a", b"b"]
    assert cutting_white_space("b\n\n") == [4, 2]
    assert cutting_white_space("b\n\na") == [4, 1, 1, 3]
    local = LocalWorld(3, tokens)
    strings = LocalStrings(tokens, [0])
    prefix = PrefixTokenizer(strings, tokens, cutting_white_space)
    assert prefix.tokens(b"b\n\n") == (4, 1, 1)
    vocabulary = PieceVocabulary(strings, tokens)
    scorer = PieceScorer(local, strings, prefix, vocabulary, np.ones(len(strings)))
    position = CloudPosition(7, np.array([7, 8]), np.log([0.6, 0.3]), b"\n\n", (b"\n\n", b"a"))
    opinions = scorer.score((), [0])[0].opinions(position, 0.0)
    here, further = local.probabilities(()), local.probabilities((1,))
    expected = here[:, 2] + here[:, 1] * (further[:, 1] + further[:, 2])
    at = opinions.index(7)
    assert at is not None
    assert np.exp(opinions.branches[:, at]) == pytest.approx(expected, rel=1e-5)


def test_what_is_sent() -> None:
    strings = LocalStrings(LOCAL, [0], CONTROL)
    vocabulary = PieceVocabulary(strings, LOCAL, "bisher ä".encode())
    vocabulary.learn(CloudPosition(7, np.array([7, 8]), np.log([0.5, 0.4]), b"ab", (b"ab", b"")))
    local = [LOCAL_FROM + LOCAL.index(one) for one in (b" a", b"abb")]
    answer = [*vocabulary.continued(3), 7, *local, 7]
    assert vocabulary.as_sent(answer) == ["bisher ä", 7, " aabb", 7]
    assert vocabulary.join(answer) == "bisher äab aabbab".encode()
    assert vocabulary.end_tokens == {8, LOCAL_FROM}
    assert vocabulary.find([b"nothing", b"ab"]) == LOCAL_FROM + LOCAL.index(b"ab")


def test_no_local_string_is_proposed_inside_a_character_nor_is_half_of_one() -> None:
    for seed in range(20):
        scorer, vocabulary = scorer_of(LocalWorld(seed))
        cloud = TextCloud(seed, vocabulary.join, vocabulary.learn)
        position = cloud.position(b"")
        vocabulary.learn(
            replace(position, top_ids=np.arange(12), top_logprobs=np.zeros(12), top_bytes=tuple(CLOUD))
        )
        for answer in ((), (8,), (8, 9)):
            opinions = scorer.score(answer, [len(answer)])[0].opinions(position, 0.0)
            proposed = [vocabulary.text_bytes(int(one)) for one in opinions.ids if one >= LOCAL_FROM]
            assert all(is_text(one) for one in proposed)
            assert not any(proposed) if answer == (8,) else any(proposed)
            assert all(one not in (b"<x>", b"\xc3") for one in proposed)


def test_an_answer_that_outgrows_the_local_context_loses_its_steering() -> None:
    local = LocalWorld(1)
    scorer, vocabulary = scorer_of(local)
    small = PieceScorer(local, scorer.strings, scorer.prefix, vocabulary, scorer.shared, room=8)
    small.score([LOCAL_FROM + 1], [1])
    with pytest.raises(LocalModelLost, match="context"):
        small.score([LOCAL_FROM + 1] * 6, [6])


def test_shared_strings_are_learnt_from_public_text() -> None:
    strings = LocalStrings([b"<end>", b"the", b" cat", b"s", b" sat", b" mat"], [0])
    pieces = [b"the", b" cat", b"s", b" sat"]
    same = shared_strings(strings, pieces * 30, pieces * 30)
    other = shared_strings(strings, pieces * 30, [b"the", b" ", b"cat", b"s", b" s", b"at"] * 30)
    unknown = shared_strings(strings, pieces, ())
    at = strings.index(b" mat")
    assert at is not None
    assert same[at] > 0.98 > unknown[at] > 0.9 > 0.5 > other[at]
    shown = strings.index(b"the")
    assert other[shown] > 0.99
