"""Answers over HTTP/2: cut and reopened many times on one connection, several at once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from h2.errors import ErrorCodes

from costeer.cloud.llama_server import LlamaServerClient
from costeer.privacy.transport import open_client
from tests.cloud.scripted import NAME, prompt_of
from tests.privacy.http2_server import Http2Server, Talk
from tests.privacy.loopback import WAIT, server_tls
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import delta, entry


async def writing(talk: Talk) -> None:
    """One token after the other, each as long as the prompt has become."""
    length = len(json.loads(talk.body)["prompt"])
    talk.begin()
    for number in range(1000):
        await talk.chunk(delta(entry(length + number, b"a")))
        await asyncio.sleep(0.001)


def test_cut_and_reopened_on_one_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, certificate = server_tls(tmp_path, "h2")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    ledger = MemoryLedger()
    with (
        Http2Server(tls, writing) as server,
        open_client(ledger, base_url=server.base_url) as http,
    ):
        client = LlamaServerClient(server.base_url, "sesame", "", http, NAME)
        prompt = prompt_of(client)
        answer: list[int] = []
        beside = prompt.stream([5, 6, 7], 1000)
        for _ in range(10):
            with prompt.stream(answer, 1000) as stream:
                answer += [one.token for one in stream.take(3)]
        assert answer == list(range(2, 2 + len(answer))), "each stream began behind the last"
        assert [one.token for one in beside.take(1)] == [5], "a stream beside them went on"
        beside.close()
        assert server.connections == 1
        assert len(server.talks) == 11
        assert {talk.was_reset.result(WAIT) for talk in server.talks} == {ErrorCodes.CANCEL}
        assert server.talks[0].headers["authorization"] == "Bearer sesame"
    assert prompt.figures.round_trips == 11
    assert {one.detail for one in ledger.records if one.kind == "response"} == {"closed by us"}
