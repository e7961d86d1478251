"""What the attacker reads from the ledger is what was written, and no more than the cloud saw."""

from __future__ import annotations

import dataclasses
import json

import pytest
from tests.evaluation.toy_ledger import PROMPT, Candidates, RecordingCloud, event_of, local_of, vocabulary
from tests.steering.worlds import END

from costeer.cloud import sampling as cloud_sampling
from costeer.cloud.reported import parse_entry
from costeer.evaluation.attribution.transcript import Transcript, read_transcript
from costeer.foundation.errors import BugError
from costeer.steering.chance import SeededChance
from costeer.steering.choice import Chooser
from costeer.steering.decoders.common import DecodeCounts, Decoder, DecodeTask
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.decoders.token_by_token import token_by_token
from costeer.steering.policy import Policy, Sampling
from costeer.steering.strength import Strength

SIZE, TOLD, LIMIT = 8, 6, 12


def written(seed: int, sampling: Sampling, temperature: float, decoder: Decoder) -> tuple[Chooser, Transcript]:
    world = Candidates(seed=seed, size=SIZE, spread=1.2, difference=1.0, device=seed % 3)
    cloud = RecordingCloud(world, k=TOLD, burst=1 + seed % 4, silence=seed % 3)
    policy = Policy.at(Strength(0.8, 0.1), temperature, sampling=sampling)
    chooser = Chooser(policy, vocabulary(SIZE), chance=SeededChance(seed))
    task = DecodeTask(cloud, local_of(world), chooser, vocabulary(SIZE), LIMIT, DecodeCounts(), seed)
    for _ in decoder(task):
        pass
    return chooser, read_transcript(cloud.ledger(), LIMIT, token_by_token=decoder is token_by_token)


@pytest.mark.parametrize(
    ("sampling", "temperature", "decoder"),
    [
        ("quiet", 0.0, lookahead),
        ("quiet", 0.9, lookahead),
        ("quiet", 0.9, token_by_token),
        ("fast", 0.9, token_by_token),
        ("fast", 0.9, lookahead),
    ],
)
def test_what_is_established_is_what_was_written(sampling: Sampling, temperature: float, decoder: Decoder) -> None:
    lengths = 0
    for seed in range(60):
        chooser, found = written(seed, sampling, temperature, decoder)
        assert found.prompt == PROMPT
        assert list(found.tokens[: found.established]) == chooser.answer[: found.established]
        assert found.established <= len(chooser.answer)
        assert len(found.tokens) <= LIMIT
        for at in range(len(found.tokens)):
            own = found.positions[at]
            assert own is not None
            assert at < found.established or found.tokens[at] == own.token
        lengths += found.established
    assert lengths > 100, "these worlds differ from their clouds"


def test_a_transcript_survives_the_store() -> None:
    _, found = written(3, "quiet", 0.9, lookahead)
    again = Transcript.of(json.loads(json.dumps(found.plain())))
    assert again.plain() == found.plain()
    first, second = found.positions[0], again.positions[0]
    assert first is not None
    assert second is not None
    assert (first.top_logprobs == second.top_logprobs).all()
    assert again.tokens == found.tokens


def test_the_rest_after_the_last_departure_is_the_clouds_own() -> None:
    world = Candidates(seed=1, size=SIZE, spread=3.0)
    cloud = RecordingCloud(world, k=TOLD)
    cloud.stream([], 4).take(3)
    found = read_transcript(cloud.ledger(), 4, token_by_token=False)
    assert found.established == 0
    assert len(found.tokens) == 3
    assert END not in found.tokens[:-1]


def test_merged_positions_are_read_one_by_one() -> None:
    """A server that withholds half a character reports two positions as one; then single requests tell them."""
    world = Candidates(seed=4, size=SIZE, spread=3.0)
    cloud = RecordingCloud(world, k=TOLD)
    first, second = world.position((), TOLD), world.position((world.position((), TOLD).token,), TOLD)
    stream = cloud.stream([], 4)
    stream.events = [event_of(second, b"\xe2\x80\xa6" + b"%d," % second.token)]
    single = cloud.stream([], 1)
    single.events = [event_of(first)]
    cloud.stream([first.token], 3).events = []
    entries = [
        dataclasses.replace(
            one,
            record=dataclasses.replace(one.record, body=one.record.body.replace('"stream": true', '"stream": 0')),
        )
        if one.record.exchange == "answer2" and one.record.kind == "request"
        else one
        for one in cloud.ledger()
    ]
    entries = [
        dataclasses.replace(
            one, record=dataclasses.replace(one.record, body=one.record.body.removeprefix("data: "))
        )
        if one.record.exchange == "answer2"
        else one
        for one in entries
    ]
    found = read_transcript(entries, 4, token_by_token=False)
    assert found.tokens == (first.token,)
    assert found.positions[0] is not None
    assert found.positions[0].top_ids.tolist() == first.top_ids.tolist()


def test_a_draw_that_was_withheld_is_made_again_as_the_device_made_it() -> None:
    """The stream tells one token and keeps the next, the first bytes of a character; a single request follows."""
    base, temperature = 77, 0.9
    shown = {"id": 5, "bytes": list(b" a"), "top_logprobs": [{"id": 5, "bytes": list(b" a"), "logprob": -0.1}]}
    some = ((3, b" b", -0.4), (6, b"\xf0\x9f", -1.6), (4, b"\xe2", -2.5))
    told = [{"id": token, "bytes": list(spelled), "logprob": logprob} for token, spelled, logprob in some]
    withheld = {"id": 3, "bytes": list(b" b"), "top_logprobs": told}
    single = {"stream": False, "temperature": 0.0}
    drawn_with = {"stream": True, "temperature": temperature}
    seen = set()
    for seed in range(base, base + 12):
        cloud = RecordingCloud(Candidates(seed=1, size=SIZE))
        for number, (asked, behind, entry) in enumerate(
            [({**drawn_with, "seed": seed}, [], shown), (single, [5], withheld)], start=1
        ):
            cloud._write("request", number, json.dumps({"prompt": [*PROMPT, *behind], **asked}))
            event = json.dumps({"choices": [{"logprobs": {"content": [entry]}}]})
            cloud._write("response", number, f"data: {event}" if asked["stream"] else event)
        found = read_transcript(cloud.ledger(), 4, token_by_token=True)
        drawn = cloud_sampling.Sampling(temperature, seed=seed).draw_withheld(
            parse_entry(withheld, "the cloud"), b" a", 1
        )
        assert found.positions[1] is not None
        assert found.tokens == (5, found.positions[1].token)
        assert found.positions[1].token == drawn
        seen.add(drawn)
    assert seen == {4, 6}, "only what begins a character is withheld"


def test_a_ledger_without_the_answer_is_a_bug() -> None:
    cloud = RecordingCloud(Candidates(seed=1, size=SIZE))
    with pytest.raises(BugError, match="no request of an answer"):
        read_transcript(cloud.ledger(), 4, token_by_token=False)
    with pytest.raises(BugError, match="tokenised"):
        read_transcript([], 4, token_by_token=False)
