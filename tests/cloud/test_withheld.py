"""Positions that the server withholds, from a server that withholds each of them on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from costeer.steering.types import CloudPosition
from tests.cloud.scripted import among, connected, prompt_of
from tests.privacy.scripted_server import DONE, Talk, delta, entry, event

ROCKET = "🚀".encode()
PIECES = {1: ROCKET[:2], 2: ROCKET[2:3], 3: ROCKET[3:]}


def hiding(requests: list[dict[str, object]]) -> Callable[[Talk], None]:
    """A server that writes a rocket (tokens 1, 2, 3) and an `a` (5), as llama-server shows it."""

    def script(talk: Talk) -> None:
        body = talk.json()
        requests.append(body)
        answer = tuple(body["prompt"][2:])  # type: ignore[index]
        if body["stream"] is False:
            assert body["max_tokens"] == 1
            assert "grammar" in body
            following = {(): 1, (1,): 2, (1, 2): 3, (1, 2, 3): 5}[answer]
            pieces = {following: {**PIECES, 5: b"a"}[following], 9: b"z"}
            held = among(9, b"z", pieces)
            choice = {"text": "z", "logprobs": {"content": [held]}, "finish_reason": "length"}
            talk.answer(200, "application/json", event({"choices": [choice]})[6:])
            return
        talk.begin()
        most = int(str(body["max_tokens"]))
        if answer == ():
            shown = [among(3, ROCKET, {3: PIECES[3], 4: b"\x81"}), entry(5, b"a")] if most > 2 else []
        else:
            shown = [entry(one, PIECES[one]) for one in (2, 3) if one > answer[-1]] + [entry(5, b"a")]
        produced = min(most, 4 - len(answer))
        for one in shown[:produced]:
            talk.chunk(delta(one))
        reason = "length" if most == produced else "stop"
        talk.chunk(delta(finish=reason, completion_tokens=produced) + DONE)
        talk.end()

    return script


@pytest.mark.parametrize(("most", "tokens"), [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (4, [1, 2, 3, 5])])
def test_withheld_positions(most: int, tokens: list[int]) -> None:
    requests: list[dict[str, object]] = []
    with connected(hiding(requests)) as client:
        prompt = prompt_of(client)
        taken: list[CloudPosition] = []
        with prompt.stream([], most) as stream:
            for _ in range(10):
                taken += stream.take(5)
        assert [one.token for one in taken] == tokens
        assert b"".join(one.token_bytes for one in taken) == (ROCKET + b"a")[: [0, 2, 3, 4, 5][most]]
    assert prompt.figures.round_trips == len(requests)
    assert prompt.figures.positions == most
    allowed = {"prompt", "max_tokens", "temperature", "stream", "logprobs", "cache_prompt", "grammar"}
    assert set().union(*requests) == allowed
    assert len({str(one.get("grammar")) for one in requests if "grammar" in one}) == 1
