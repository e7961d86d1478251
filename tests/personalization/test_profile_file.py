"""Profiles as files, good and bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from costeer.foundation.errors import BadInput
from costeer.personalization.profile import Profile
from costeer.personalization.profile_file import read_profile

EXPECTED = Profile(
    (("fact", "My sister is called Zephyrine."), ("style", "Short."), ("note", "Moving soon.")), ("Tea.",)
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "p.toml",
            'facts = ["My sister is called Zephyrine."]\nstyle = "Short."\n'
            'notes = "Moving soon."\nmemories = ["Tea."]',
        ),
        (
            "p.json",
            '{"facts": "My sister is called Zephyrine.", "style": ["Short."],'
            ' "notes": ["Moving soon."], "memories": "Tea."}',
        ),
    ],
)
def test_tables(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_profile(tmp_path / name) == EXPECTED


def test_plain_text_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "me.txt"
    file.write_text(
        "# me\nMy sister is called Zephyrine.\n\nStyle: Short.\nnote: Moving soon.\n", encoding="utf-8-sig"
    )
    assert read_profile(file) == Profile(EXPECTED.entries)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", "Zürich".encode("latin-1"), "not UTF-8"),
        ("a.toml", b"facts = [", "not valid TOML"),
        ("a.json", b"{", "not valid JSON"),
        ("a.json", b"[1]", "must be a table"),
        ("a.json", b'{"facts": [1]}', "must have a text or a list of texts as its facts"),
        ("a.toml", b'fact = "x"', "unknown key 'fact'"),
        ("a.txt", b"x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_bad_files_get_one_sentence(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=sentence) as caught:
        read_profile(tmp_path / name)
    assert caught.value.user_message.count(name) == 1


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no profile file"):
        read_profile(tmp_path / "none.toml")
