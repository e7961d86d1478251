"""With one vocabulary taken for two, byte strings choose what ids choose, on a real model's opinions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from costeer.foundation.cancel import CancelToken
from costeer.local.messages import LocalModelOptions
from costeer.local.process import LocalSession, ModelProcess
from costeer.personalization.profile import Profile
from costeer.services.answers.branches import open_branches, render_local
from costeer.steering.pieces.prefix import PrefixTokenizer
from costeer.steering.pieces.scorer import PieceScorer
from costeer.steering.pieces.shared import shared_strings
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.policy import Policy, steer
from costeer.steering.strength import Strength
from costeer.steering.types import CloudPosition

PROFILE = Profile(
    (
        ("fact", "My sister is called Zephyrine and lives in Tromso."),
        ("fact", "I run a small bakery with my partner Ottokar."),
        ("style", "I write in short, dry sentences."),
    )
)
CASES = (
    (
        "Write a birthday note to my sister.",
        "Dear Zephyrine, happy birthday! I hope the winter in Tromso is kind to you. Ottokar and I baked you a "
        "cake, which you will not eat; the alpacas may have it.",
    ),
    (
        "What did I do last week? Write three sentences for my newsletter.",
        "Last week we sold 1,200 rolls, lost two trays to a broken oven, and hired a baker. The new rye is out on "
        "Friday. Come early, or come hungry.\n\n- Rye\n- Spelt (new!)",
    ),
    ("请用中文祝我生日快乐", "祝你生日快乐! 愿你每天都开心 🎉🎉 Enjoy the day, naïve café-goer."),
)
POLICIES = tuple(
    Policy.at(Strength(gain, mixture), plausibility=0.01)
    for gain, mixture in ((0.5, 0.15), (1.0, 0.15), (1.783, 0.0))
)
TOP_K = 20


@pytest.fixture(scope="module")
def model(model_file: Path) -> Iterator[ModelProcess]:
    with ModelProcess(model_file, LocalModelOptions(branch_limit=2048)) as process:
        process.start()
        yield process


def cloud_positions(model: ModelProcess, question: str, answer: list[int]) -> list[CloudPosition]:
    """The same model in another role is the cloud: what it tells along `answer`."""
    info = model.describe()
    messages = [{"role": "user", "content": f"You are an eloquent poet. {question}"}]
    session = model.open(model.tokenize(render_local(model, messages)))
    logits = session.logits(answer, range(len(answer) + 1))[:, 0].astype(np.float64)
    logprobs = logits - np.log(np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))
    logprobs -= logits.max(axis=1, keepdims=True)
    positions = []
    for one in logprobs:
        top = np.argsort(-one, kind="stable")[:TOP_K]
        told = tuple(b"" if token in info.control_tokens else info.token_bytes[token] for token in top.tolist())
        positions.append(CloudPosition(int(top[0]), top, one[top], told[0], told))
    return positions


def scorer_of(model: ModelProcess, session: LocalSession, public_prompt: str) -> PieceScorer:
    info = model.describe()
    strings = LocalStrings(info.token_bytes, info.end_tokens, info.control_tokens)
    pieces = [info.token_bytes[one] for one in model.tokenize(public_prompt)]
    prefix = PrefixTokenizer(strings, info.token_bytes, lambda text: model.tokenize(text, parse_special=False))
    vocabulary = PieceVocabulary(strings, info.token_bytes)
    return PieceScorer(session, strings, prefix, vocabulary, shared_strings(strings, pieces, pieces))


@pytest.mark.thorough
def test_byte_strings_choose_what_ids_choose(model: ModelProcess) -> None:
    info = model.describe()
    assert info.end_tokens <= info.control_tokens
    same = total = 0
    different: list[tuple[bytes, bytes]] = []
    for question, text in CASES:
        answer = model.tokenize(text, parse_special=False)
        positions = cloud_positions(model, question, answer)
        messages = [{"role": "user", "content": question}]
        session = open_branches(model, messages, PROFILE, (), CancelToken()).session
        by_ids = session.score(answer, range(len(answer) + 1))
        scorer = scorer_of(model, session, render_local(model, messages))
        vocabulary = scorer.vocabulary
        for position, token in zip(positions, answer, strict=False):
            vocabulary.learn(position)
            spelled = (info.token_bytes[token],)
            vocabulary.learn(CloudPosition(token, np.array([token]), np.zeros(1), spelled[0], spelled))
        by_text = scorer.score(answer, range(len(answer) + 1))
        for at, position in enumerate(positions):
            vocabulary.learn(position)
            for policy in POLICIES:
                opinions = by_ids[at].opinions(position, policy.plausibility)
                chosen = int(opinions.ids[np.argmax(steer(opinions, policy).probabilities)])
                others = by_text[at].opinions(position, policy.plausibility)
                other = int(others.ids[np.argmax(steer(others, policy).probabilities)])
                own = b"" if chosen in info.control_tokens else info.token_bytes[chosen]
                if vocabulary.text_bytes(other) == own:
                    same += 1
                else:
                    different.append((own, vocabulary.text_bytes(other)))
                total += 1
    assert total > 400
    # 433 of 438 when each branch looks for its own spanning tokens, which keeps one from telling of the other.
    assert same >= 0.985 * total, f"{same} of {total}: {different}"
