from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.commands import as_json
from tests.cloud.scripted_endpoint import MODEL, ScriptedEndpoint, Traps
from tests.privacy.scripted_server import ScriptedServer

from costeer.cli.main import run


def test_a_probe(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(ScriptedEndpoint(traps=Traps(most_k=5))) as server:
        found = as_json(["endpoint", "probe", server.base_url], capsys)
        assert run(["endpoint", "probe", server.base_url]) == 0
    contract = ("tier", "top_k", "prefill", "raw_completions", "stream_logprobs", "token_ids")
    assert [found[name] for name in contract] == ["A-", 5, True, False, True, False]
    assert found["models"] == [MODEL, "other"]
    assert found["seconds"] < 15.0
    assert "by few alternatives (A-)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("traps", "words"),
    [
        (Traps(key="right"), "enter its key again"),
        (Traps(status=404), "check its address, model and settings"),
        (Traps(page=True), "web page"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    home: Path, traps: Traps, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedServer(ScriptedEndpoint(traps=traps)) as server:
        assert run(["endpoint", "probe", server.base_url, "--json"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]


def test_a_dead_host(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["endpoint", "probe", "127.0.0.1:9"]) == 1
    assert "check the address and that it is running" in capsys.readouterr().err
    assert run(["endpoint", "add", "mine", "127.0.0.1:9"]) == 1
    assert [one["name"] for one in as_json(["endpoint", "list"], capsys)["endpoints"]] == ["demo"]


def test_added_used_and_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(ScriptedEndpoint()) as server:
        assert run(["endpoint", "add", "mine", f"{server.base_url}/v1/chat/completions"]) == 0
        assert "steered word by word (A)" in capsys.readouterr().out
        answer = as_json(["ask", "Tell me something.", "--max-tokens", "8", "--strength", "0"], capsys)
        assert answer["tier"] == "A"
        assert answer["text"]
    listed = as_json(["endpoint", "remove", "mine"], capsys)["endpoints"]
    assert [(one["name"], one["in_use"]) for one in listed] == [("demo", True)]


def test_presets_and_what_answers_here(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    presets = as_json(["endpoint", "presets"], capsys)["presets"]
    assert {"name", "base_url", "needs_key", "billed_by_token", "key_from"} == set(presets[0])
    assert run(["endpoint", "presets"]) == 0
    assert "openrouter.ai, under Keys" in capsys.readouterr().out
    found = as_json(["endpoint", "found"], capsys)["found"]
    known = {one["name"] for one in presets}
    assert all(one["name"] in known for one in found)
    assert run(["endpoint", "found"]) == 0
    assert capsys.readouterr().out.strip()


def test_prices(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(ScriptedEndpoint()) as server:
        assert run(["endpoint", "add", "mine", server.base_url]) == 0
        as_json(["endpoint", "price", "mine", "--input", "3", "--output", "15", "--currency", "EUR"], capsys)
        as_json(["ask", "Tell me something.", "--max-tokens", "8", "--strength", "0"], capsys)
    (cost,) = as_json(["cost"], capsys)["endpoints"]
    assert cost["endpoint"] == "mine"
    assert cost["money"] == pytest.approx((3 * cost["input_tokens"] + 15 * cost["output_tokens"]) / 1e6)
    assert cost["extra_money"] == 0.0
    assert run(["cost"]) == 0
    assert "EUR" in capsys.readouterr().out
    assert run(["endpoint", "price", "mine", "--input", "-1", "--output", "15"]) == 1
    assert run(["cost", "--month", "soon"]) == 1
    assert "2026-11" in capsys.readouterr().err
