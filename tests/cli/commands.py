"""Running a command as a program would."""

from __future__ import annotations

import json
from typing import Any

import pytest

from costeer.cli.main import run


def as_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value
