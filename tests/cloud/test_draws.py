"""The cloud's own draws: from exactly the alternatives that it reports, with a law that is known."""

from __future__ import annotations

import threading
from collections import Counter

import numpy as np
import pytest

from costeer.cloud.reported import ReportedPosition
from costeer.cloud.sampling import Sampling, ends_inside_character
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, Cancelled, EndpointError
from costeer.steering.types import CloudPosition, Draws, FloatArray
from tests.cloud.conftest import Cloud
from tests.cloud.scripted import among, connected, of_ids, prompt_of
from tests.privacy.scripted_server import DONE, Talk, delta, entry

TEMPERATURE = 1.3
TOP_K = 6
DRAWN = 200


def law(position: CloudPosition, temperature: float = TEMPERATURE) -> FloatArray:
    """The probability of each reported alternative, as `Draws` promises it."""
    weights = np.exp(position.top_logprobs / temperature)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def one_draw(cloud: Cloud, ids: list[int], seed: int, temperature: float = TEMPERATURE) -> CloudPosition:
    prompt = cloud.client.open_prompt(of_ids(ids), TOP_K, None, CancelToken())
    with prompt.stream([], 1, draws=Draws(temperature, seed)) as stream:
        (position,) = stream.take(1)
    return position


def distance(drawn: Counter[int], position: CloudPosition, temperature: float = TEMPERATURE) -> float:
    """Pearson's chi squared of the draws against the law; K - 1 degrees of freedom."""
    expected = drawn.total() * law(position, temperature)
    observed = np.array([drawn[int(one)] for one in position.top_ids], dtype=np.float64)
    return float(((observed - expected) ** 2 / expected).sum())


@pytest.mark.thorough
def test_the_cloud_draws_from_what_it_reports(cloud: Cloud) -> None:
    ids = cloud.prompt_ids("Invent a name for a boat.")
    drawn: Counter[int] = Counter()
    with cloud.client.open_prompt(of_ids(ids), TOP_K, None, CancelToken()).stream([], 1) as stream:
        (greedy,) = stream.take(1)
    for seed in range(DRAWN):
        position = one_draw(cloud, ids, seed)
        # What is reported is the model's own, before the temperature and before the cut to K.
        assert position.top_ids.tolist() == greedy.top_ids.tolist()
        assert position.top_logprobs.tolist() == greedy.top_logprobs.tolist()
        drawn[position.token] += 1
    assert set(drawn) <= set(greedy.top_ids.tolist())
    assert np.exp(greedy.top_logprobs).sum() < 0.95, "a position whose cut to K can be seen"
    # 20.5 is exceeded once in a thousand times by draws of that law; the seeds are fixed.
    assert distance(drawn, greedy) < 20.5, (drawn, law(greedy))
    assert distance(drawn, greedy, 0.7) > 20.5, "another temperature is told apart"


def test_what_is_asked_for_is_public_and_repeatable(cloud: Cloud) -> None:
    ids = cloud.prompt_ids("Write about rivers.")

    def answer(seed: int) -> list[CloudPosition]:
        prompt = cloud.client.open_prompt(of_ids(ids), TOP_K, None, CancelToken())
        taken: list[CloudPosition] = []
        with prompt.stream([504], 30, draws=Draws(TEMPERATURE, seed)) as stream:
            for _ in range(31):
                taken += stream.take(30)
        return taken

    first = answer(7)
    assert [one.token for one in first] == [one.token for one in answer(7)]
    assert [one.token for one in first] != [one.token for one in answer(8)]
    assert any(one.token != one.top_ids[0] for one in first)
    for one in first:
        assert one.token in one.top_ids
        assert len(one.top_bytes) == len(one.top_ids) == TOP_K
        assert one.top_bytes[one.top_ids.tolist().index(one.token)] == one.token_bytes
    body = [one.body for one in cloud.ledger.records if one.kind == "request"][-1]
    assert '"samplers":["top_k","temperature"]' in body
    assert '"seed":9' in body, "the seed, and one for the token that was written"


@pytest.mark.slow
def test_withheld_draws_keep_to_the_law(cloud: Cloud) -> None:
    """A first token that ends inside a character is not told by the server; it is drawn again, by its law."""
    ids = cloud.prompt_ids("Write only emoji. 😀🎉🚀🌍🔥")
    drawn: Counter[int] = Counter()
    for seed in range(DRAWN):
        position = one_draw(cloud, ids, seed)
        drawn[position.token] += 1
    withheld = [ends_inside_character(one) for one in position.top_bytes]
    assert any(withheld)
    assert not all(withheld)
    assert distance(drawn, position) < 20.5, (drawn, law(position))


def test_a_draw_that_is_not_reported_is_refused() -> None:
    def script(talk: Talk) -> None:
        talk.begin()
        talk.chunk(delta(among(5, b"a", {6: b"b", 7: b"c"})))
        talk.chunk(delta(finish="length", completion_tokens=1) + DONE)
        talk.end()

    with connected(script) as client:
        with (
            prompt_of(client).stream([], 1, draws=Draws(1.0, 0)) as stream,
            pytest.raises(EndpointError) as caught,
        ):
            stream.take(1)
        assert "does not report" in caught.value.user_message
        with pytest.raises(BugError):
            prompt_of(client).stream([], 1, draws=Draws(0.0, 0))


def test_what_llama_server_withholds() -> None:
    rocket = "🚀".encode()
    for text in (rocket[:1], rocket[:2], rocket[:3], b"a" + rocket[:3], "é".encode()[:1], "好".encode()[:2]):
        assert ends_inside_character(text), text
    for text in (b"", b"a", rocket, rocket[1:], rocket[1:2], "é".encode(), b"a" + "好".encode(), b"\xff"):
        assert not ends_inside_character(text), text


def test_a_withheld_draw_is_one_of_the_withheld() -> None:
    reported = ReportedPosition(
        9, b"z", np.array([9, 8, 7]), np.log(np.array([0.5, 0.3, 0.1])), (b"z", b"\xf0\x9f", b"\xf0")
    )
    sampling = Sampling(1.0, seed=3, top_k=3)
    drawn = Counter(sampling.draw_withheld(reported, b"", written) for written in range(4000))
    assert set(drawn) == {8, 7}
    assert drawn[8] / 4000 == pytest.approx(0.75, abs=0.03)
    assert sampling.draw_withheld(reported, b"", 5) == sampling.draw_withheld(reported, b"", 5)
    only = ReportedPosition(9, b"z", np.array([9]), np.array([0.0]), (b"z",))
    assert sampling.draw_withheld(only, b"", 0) is None


def test_four_streams_of_one_prompt_at_once() -> None:
    """Each gets its own positions; the figures are the sum; `waiting` says which has something."""
    may_answer = threading.Event()
    together = threading.Barrier(4)

    def script(talk: Talk) -> None:
        prompt = talk.json()["prompt"]
        assert isinstance(prompt, list)
        together.wait(10)  # all four are open at the same time
        assert may_answer.wait(10)
        talk.begin()
        for _ in range(50):
            talk.chunk(delta(entry(prompt[-1], b"a")))
        talk.chunk(delta(finish="length", completion_tokens=50) + DONE)
        talk.end()

    with connected(script) as client:
        prompt = prompt_of(client)
        streams = [prompt.stream([100 + number], 50) for number in range(4)]
        assert all(stream.waiting for stream in streams)
        may_answer.set()
        for number, stream in enumerate(streams):
            taken: list[CloudPosition] = []
            for _ in range(51):
                taken += stream.take(50)
            assert [one.token for one in taken] == [100 + number] * 50
            assert not stream.waiting, "it is over"
        for stream in streams:
            stream.close()
            assert not stream.waiting
    assert (prompt.figures.round_trips, prompt.figures.positions, prompt.figures.tokens_sent) == (4, 200, 4)


def test_cancelling_ends_all_streams_and_one_that_fails_leaves_the_others() -> None:
    cancel = CancelToken()
    arrived = threading.Semaphore(0)

    def script(talk: Talk) -> None:
        if talk.json()["prompt"][-1] == 1:  # type: ignore[index]
            talk.answer(500, "text/plain", b"no")
            return
        talk.begin()
        talk.chunk(delta(entry(5, b"a")))
        arrived.release()
        talk.wait_until_client_leaves()

    with connected(script) as client:
        prompt = prompt_of(client, cancel)
        bad, *good = [prompt.stream([number], 50) for number in (1, 2, 3, 4)]
        with pytest.raises(EndpointError):
            bad.take(1)
        bad.close()
        for stream in good:
            assert arrived.acquire(timeout=10)
            assert [one.token for one in stream.take(1)] == [5]
            assert stream.waiting
        cancel.cancel()
        for stream in good:
            assert not stream.waiting
            with pytest.raises(Cancelled):
                stream.take(1)
            stream.close()
    assert not [one for one in threading.enumerate() if one.name == "cloud-stream"]
