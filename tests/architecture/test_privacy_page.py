"""docs/privacy.md says what is so: what it names is there, and its numbers are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from costeer.cloud import probe
from costeer.foundation.settings import Settings
from costeer.privacy import connections, recording
from costeer.services.answers import prompts

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


def test_what_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:app|docs|tests)/[^`]+)`", PAGE))
    assert len(named) > 20
    assert [one for one in sorted(named) if not (ROOT / one).exists()] == []


def test_its_numbers_are_those_of_the_code() -> None:
    assert prompts.LONGEST_ABOUT == 4_000
    assert "at most 4,000 characters" in WORDS
    assert recording.KEPT_BODY == 8_000_000
    assert "beyond 8 MB" in WORDS
    assert connections.SPARES == 2
    assert "two connections more than needed" in WORDS
    assert any("capital of France" in one["content"] for one in probe.CERTAIN)


def test_what_is_off_is_off() -> None:
    usual = Settings()
    assert usual.steering.prefetch == 0.0
    assert "branches are asked for beforehand (off unless you turn it on)" in WORDS
    assert usual.privacy.when_found == "ask"
    assert "the window asks first" in WORDS


def test_a_request_says_no_more_of_this_program_than_its_name() -> None:
    sent = (ROOT / "app" / "costeer" / "privacy" / "transport.py").read_text(encoding="utf-8")
    assert '"User-Agent": "costeer-desktop"' in sent
    assert "`User-Agent: costeer-desktop`, without version" in WORDS
