"""The delay proxy passes on every byte, later."""

from __future__ import annotations

import time

import httpx
from tests.privacy.scripted_server import ScriptedServer, Talk

from costeer.evaluation.delay_proxy import DelayProxy


def echo(talk: Talk) -> None:
    talk.answer(200, "application/octet-stream", talk.body)


def test_every_byte_arrives_a_round_trip_later() -> None:
    body = bytes(range(256)) * 2000
    with (
        ScriptedServer(echo) as server,
        DelayProxy(server.base_url, 0.1) as proxy,
        httpx.Client(base_url=proxy.base_url, trust_env=False, timeout=20) as client,
    ):
        started = time.monotonic()
        assert client.post("/", content=body).content == body
        first = time.monotonic() - started
        assert first >= 0.2, "the connection costs a round trip, and so does the request"
        started = time.monotonic()
        assert client.post("/", content=b"again").content == b"again"
        assert time.monotonic() - started >= 0.1


def test_a_proxy_can_be_closed_in_mid_answer() -> None:
    with (
        ScriptedServer(lambda talk: talk.begin()) as server,
        DelayProxy(server.base_url, 0.02) as proxy,
        httpx.Client(trust_env=False, timeout=5) as client,
        client.stream("POST", proxy.base_url, content=b"x") as response,
    ):
        assert response.status_code == 200
    assert not proxy._thread.is_alive()
