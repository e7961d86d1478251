"""Every text for people below the window can be found by the translators, and is filled with what it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from collect_texts import PACKAGE, PRESETS, as_module, collect

HEAD = """
from costeer.foundation.errors import BadInput, Worded
from costeer.foundation.translatable import Translatable, translatable


class Worded(Exception): ...
class CoSteerError(Worded): ...
class BadInput(CoSteerError): ...
class NoBread(BadInput): ...


TOO_FEW = translatable("There are {count} left.")
REASONS = {"stale": translatable("It is stale."), "gone": translatable("It is gone.")}
"""


def collected(folder: Path, line: str) -> tuple[list[str], list[str]]:
    """The templates and the faults of a module that raises on `line`."""
    room = folder / "services"
    room.mkdir()
    (room / "bakery.py").write_text(HEAD + line, encoding="utf-8")
    found = collect(folder, PRESETS)
    presets = set(collect(folder / "nothing", PRESETS).templates)
    return [one for one in found.templates if one not in presets], list(found.faults)


def test_all_of_them_can_be_read() -> None:
    found = collect()
    assert list(found.faults) == []
    assert len(found.templates) > 300


@pytest.mark.parametrize(
    "line",
    [
        "raise BadInput(f'There is no {bread}; choose another.')",
        "raise NoBread('There is no ' + bread)",
        "raise NoBread('There is no {}.'.format(bread))",
        "raise NoBread('There is no {bread}.', cake=bread)",
        "raise NoBread('There is no bread.', cake=bread)",
        "raise NoBread('There is no {bread')",
        "raise BadInput(sentence)",
        "Translatable(text)",
        "class Sold(BadInput):\n    def __init__(self, to):\n        super().__init__(f'Sold to {to}.')",
    ],
)
def test_what_could_not_be_translated_is_found(tmp_path: Path, line: str) -> None:
    _, (fault,) = collected(tmp_path, line)
    assert fault.startswith("services/bakery.py:")


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("raise NoBread('There is no {bread!r}.', bread=bread)", ["There is no {bread!r}."]),
        ("raise BadInput(TOO_FEW, count=3)", []),
        ("raise BadInput(REASONS[why])", []),
        ("raise BadInput('Sold out.' if late else 'Not yet.')", ["Sold out.", "Not yet."]),
        ("raise NoBread(error.said)", []),
        (
            "class Sold(BadInput):\n"
            "    def __init__(self, to):\n"
            "        super().__init__('Sold to {to}.', to=to)\n"
            "raise Sold(me)",
            ["Sold to {to}."],
        ),
        ("x = Translatable('{count} loaves', count=3)", ["{count} loaves"]),
    ],
)
def test_what_can_be_translated_is_taken(tmp_path: Path, line: str, new: list[str]) -> None:
    templates, faults = collected(tmp_path, line)
    assert faults == []
    assert set(templates) == {"There are {count} left.", "It is stale.", "It is gone.", *new}


def test_a_module_holds_what_was_found() -> None:
    assert 'QT_TRANSLATE_NOOP("core", "Say \\"hm\\" {count} times…")' in as_module(('Say "hm" {count} times…',))


def test_only_the_window_knows_of_qt() -> None:
    below = [one for one in PACKAGE.rglob("*.py") if "gui" not in one.relative_to(PACKAGE).parts]
    assert [one for one in below if "QT_TRANSLATE_NOOP" in one.read_text(encoding="utf-8")] == []
