from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.cloud.scripted_endpoint import MODEL, ScriptedEndpoint, Traps
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import ScriptedServer, Talk

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, Cancelled
from costeer.privacy.transport import HttpClient, open_client
from costeer.services.endpoint_presets import EndpointPreset, billing, load_presets, preset_at, unencrypted
from costeer.services.local_servers import LONGEST_SECONDS, find_local_servers


def preset(name: str, base_url: str) -> EndpointPreset:
    return EndpointPreset(name, base_url, False, False, "")


def test_the_presets_that_ship() -> None:
    presets = {one.name: one for one in load_presets()}
    assert {"OpenAI", "OpenRouter", "Together", "Fireworks", "DeepSeek", "Mistral", "Groq"} <= presets.keys()
    local = {name: one.base_url.rpartition(":")[2] for name, one in presets.items() if one.local}
    assert local == {"llama-server": "8080", "Ollama": "11434", "LM Studio": "1234", "vLLM": "8000"}
    assert all(bool(one.key_from) == one.needs_key for one in presets.values())
    assert all(one.base_url.startswith("https://") for one in presets.values() if not one.local)


@pytest.mark.parametrize("text", ["", "endpoint = 1", "[[endpoint]]\nname = 'x'", "[[endpoint"])
def test_a_damaged_list_is_our_mistake(tmp_path: Path, text: str) -> None:
    file = tmp_path / "endpoints.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BugError, match=r"endpoints\.toml"):
        load_presets(file)


def test_who_bills() -> None:
    presets = load_presets()
    assert billing("api.openai.com", presets) == "by token"
    assert billing("https://openrouter.ai/api/v1/chat/completions", presets) == "by token"
    assert billing("127.0.0.1:8080", presets) == "none"
    assert billing("http://192.168.1.7:9000", presets) == "none"
    assert billing("http://[2606:4700::1]:9000", presets) == "unknown"
    assert billing("llm.example.org", presets) == "unknown"
    assert billing("not an address", presets) == "none"
    assert preset_at("", presets) is None
    assert [unencrypted(one) for one in ("http://a.example", "https://a.example", "nas:80", "[::1]:80")] == [
        True,
        False,
        False,
        False,
    ]


def test_found_are_those_that_answer_in_time() -> None:
    ledger = MemoryLedger()

    def hang(talk: Talk) -> None:
        talk.wait_until_client_leaves()

    def client(base_url: str) -> HttpClient:
        return open_client(ledger, base_url=base_url, connect_seconds=0.5, read_seconds=30.0)

    with (
        ScriptedServer(ScriptedEndpoint()) as good,
        ScriptedServer(ScriptedEndpoint(traps=Traps(key="right"))) as locked,
        ScriptedServer(ScriptedEndpoint(traps=Traps(page=True))) as page,
        ScriptedServer(hang) as slow,
    ):
        presets = [
            preset("Slow", slow.base_url),
            preset("Good", good.base_url),
            preset("Nobody", "127.0.0.1:9"),
            preset("Page", page.base_url),
            preset("Locked", locked.base_url),
            preset("Far", "https://far.example"),
        ]
        begun = time.monotonic()
        found = find_local_servers(presets, client, CancelToken())
        took = time.monotonic() - begun
    assert [(one.preset.name, one.models, one.wants_key) for one in found] == [
        ("Good", (MODEL, "other"), False),
        ("Locked", (), True),
    ]
    assert took < LONGEST_SECONDS + 4.0, "what hangs is hung up on"
    asked = [one.record for one in ledger.entries if one.record.kind == "request"]
    assert {one.purpose for one in asked} == {"probe"}
    assert len(asked) == 5
    assert not any("far.example" in one.url for one in asked)


def test_the_search_is_cancelled() -> None:
    cancel = CancelToken()

    def hang(talk: Talk) -> None:
        cancel.cancel()
        talk.wait_until_client_leaves()

    with ScriptedServer(hang) as slow, pytest.raises(Cancelled):
        find_local_servers(
            [preset("Slow", slow.base_url)],
            lambda url: open_client(MemoryLedger(), base_url=url, read_seconds=30.0),
            cancel,
            seconds=60.0,
        )
