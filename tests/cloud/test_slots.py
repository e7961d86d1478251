"""Several slots: each stream on the one that knows its beginning, with numbers that do not depend on which."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from costeer.cloud.llama_server import LlamaServerClient
from costeer.cloud.slots import Slots, common_prefix
from costeer.demo_cloud.supervisor import DEMO_CLOUD_NAME, DemoCloud
from costeer.foundation.cancel import CancelToken
from costeer.foundation.paths import environment_models
from costeer.privacy.transport import open_client
from costeer.steering.types import CloudPosition
from tests.cloud.scripted import of_ids
from tests.privacy.memory_ledger import MemoryLedger

SLOTS = 3


@pytest.fixture(scope="module")
def server() -> Iterator[DemoCloud]:
    model = environment_models() / "SmolLM2-135M-Instruct.Q4_1.gguf"
    with DemoCloud(model, threads=1, slots=SLOTS) as running:
        running.start()
        yield running


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def client(server: DemoCloud, ledger: MemoryLedger) -> Iterator[LlamaServerClient]:
    address = server.ensure_running()
    with open_client(ledger, base_url=address.base_url) as http:
        yield LlamaServerClient(address.base_url, address.key, "", http, DEMO_CLOUD_NAME, own_slots=SLOTS)


def question(client: LlamaServerClient) -> list[int]:
    return client.tokenize(client.apply_template([{"role": "user", "content": "Tell me about lighthouses."}]))


def slots_asked_for(ledger: MemoryLedger) -> list[object]:
    bodies = [json.loads(one.body) for one in ledger.records if one.kind == "request" and one.purpose == "answer"]
    return [one.get("id_slot") for one in bodies]


def told(positions: list[CloudPosition]) -> list[tuple[int, list[int], list[float]]]:
    return [(one.token, one.top_ids.tolist(), one.top_logprobs.tolist()) for one in positions]


def test_each_slot_has_the_whole_context(client: LlamaServerClient) -> None:
    props = client.props()
    assert props.slots == SLOTS
    assert props.n_ctx == 8192


def test_a_stream_that_is_cut_comes_back_to_its_slot(client: LlamaServerClient, ledger: MemoryLedger) -> None:
    prompt = client.open_prompt(of_ids(question(client)), 20, "m", CancelToken())
    written: list[int] = []
    for _ in range(6):
        with prompt.stream(written, 100) as stream:
            written += [one.token for one in stream.take(5)]
    assert len(set(slots_asked_for(ledger))) == 1


@pytest.mark.thorough
def test_numbers_do_not_depend_on_slots_cuts_or_company(client: LlamaServerClient, ledger: MemoryLedger) -> None:
    """Behind one prefix the cloud says the same to the last bit, however it came to that prefix."""
    prompt = client.open_prompt(of_ids(question(client)), 20, "m", CancelToken())
    whole: list[CloudPosition] = []
    with prompt.stream([], 40) as stream:
        for _ in range(41):
            whole += stream.take(40)
    answer = [one.token for one in whole]
    for at in (1, 7, 18, 33):
        # three at once: one of them on the slot that has read it all, the others on slots that have not
        streams = [prompt.stream(answer[:at], 6) for _ in range(SLOTS)]
        for stream in streams:
            taken: list[CloudPosition] = []
            for _ in range(7):
                taken += stream.take(6)
            assert told(taken) == told(whole)[at : at + 6]
            stream.close()
    assert set(slots_asked_for(ledger)) == set(range(SLOTS))


def test_more_streams_than_slots_are_all_answered(client: LlamaServerClient, ledger: MemoryLedger) -> None:
    prompt = client.open_prompt(of_ids(question(client)), 20, "m", CancelToken())
    streams = [prompt.stream([504 + number], 12) for number in range(SLOTS + 2)]
    for stream in streams:
        taken: list[CloudPosition] = []
        for _ in range(13):
            taken += stream.take(12)
        assert taken
        stream.close()
    asked = slots_asked_for(ledger)
    assert sorted(one for one in asked if isinstance(one, int)) == list(range(SLOTS))
    assert asked.count(None) == 2, "the server chooses for those that find none free"


def test_the_slot_that_has_read_most_is_taken() -> None:
    slots = Slots(3)
    with slots.taken([1, 2, 3], [4]) as first, slots.taken([1, 2], []) as second:
        assert first is not None
        assert second is not None
        assert first != second
    with slots.taken([1, 2, 3], [4, 5]) as again:
        assert again == first
        with slots.taken([1, 2, 3], [4, 5]) as beside:
            assert beside == second
    written: list[int] = []
    with slots.taken([9], written) as other:
        assert other not in (first, second), "the one that was left first, as none knows the beginning"
        written += [8, 7]
    with slots.taken([9, 8, 7, 6], []) as grown:
        assert grown == other


@pytest.mark.parametrize("count", [0, 1])
def test_without_a_choice_none_is_made(count: int) -> None:
    with Slots(count).taken([1], []) as slot:
        assert slot is None


def test_common_prefix() -> None:
    assert common_prefix([], [1]) == 0
    assert common_prefix([1, 2], [1, 2, 3]) == 2
    assert common_prefix([1, 5, 3], [1, 2, 3]) == 1
