from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.commands import as_json

from costeer.cli.main import run


@pytest.mark.thorough
def test_two_desktops_share_a_server(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--answers", "1", "--max-tokens", "12", "--cut", "0.3"]
    found = as_json(["bench", "load", "--desktops", "1", "2", *few], capsys)
    one, two = found["loads"]
    assert (one["desktops"], one["tokens"]) == (1, 12)
    assert (two["desktops"], two["tokens"]) == (2, 24)
    for load in (one, two):
        assert load["tokens_per_second"] > 0.0
        assert 0.5 < load["prefix_cache_hits"] < 1.0
        assert 0.1 < load["requests_per_token"] < 1.0


def test_too_many_desktops(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "load", "--desktops", "1000"]) == 1
    assert "1 to 64" in capsys.readouterr().err
