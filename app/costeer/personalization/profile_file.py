"""Profiles as files: TOML or JSON with the keys below, or plain text with one fact a line.

::

    facts = ["My sister is called Zephyrine.", "She keeps alpacas."]
    style = "Short, dry sentences."
    notes = ["I am preparing for a move."]
    memories = ["Asked for a birthday note in May."]

In plain text a line that starts with `style:` is the style, `note:` a note; empty lines and lines that start with
`#` are skipped.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import tomli_w

from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.files import write_atomically
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.personalization.profile import Profile
from costeer.storage.records import ProfileKind

_KEYS: dict[str, ProfileKind] = {"facts": "fact", "style": "style", "notes": "note"}
_LARGEST = 1_000_000


def read_profile(file: Path) -> Profile:
    """Raises BadInput, in one sentence, for anything that cannot be used as a profile."""
    try:
        if file.stat().st_size > _LARGEST:
            raise BadInput("The profile {file} is larger than 1 MB; keep to what describes you.", file=file)
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadInput("There is no profile file {file}; check the path.", file=file) from error
    except UnicodeDecodeError as error:
        raise BadInput(
            "The profile {file} is not UTF-8 text; save it as UTF-8 and try again.", file=file
        ) from error
    except OSError as error:
        raise BadInput("The profile {file} cannot be read: {why}.", file=file, why=system_words(error)) from error
    if file.suffix.lower() in (".toml", ".json"):
        return profile_of_table(_parse(file, text), Translatable("The profile {file}", file=file))
    return _from_lines(text)


def _parse(file: Path, text: str) -> object:
    try:
        return tomllib.loads(text) if file.suffix.lower() == ".toml" else json.loads(text)
    except ValueError as error:
        raise BadInput(
            "The profile {file} is not valid {form}: {error}.",
            file=file,
            form=file.suffix[1:].upper(),
            error=error,
        ) from error


def profile_of_table(table: object, what: Translatable) -> Profile:
    """A profile by the keys above; `what` begins the sentence of the BadInput that it raises."""
    if not isinstance(table, dict):
        raise BadInput("{what} must be a table with facts, style, notes or memories.", what=what)
    unknown = sorted(set(table) - {*_KEYS, "memories"})
    if unknown:
        raise BadInput(
            "{what} has an unknown key {key!r}; use facts, style, notes, memories.", what=what, key=unknown[0]
        )
    entries: list[tuple[ProfileKind, str]] = []
    for key, kind in _KEYS.items():
        entries += [(kind, text) for text in _texts(table.get(key, []), key, what)]
    return Profile(tuple(entries), tuple(_texts(table.get("memories", []), "memories", what)))


def _texts(value: object, key: str, what: Translatable) -> list[str]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise BadInput("{what} must have a text or a list of texts as its {key}.", what=what, key=key)
    return [one.strip() for one in listed if one.strip()]


def _from_lines(text: str) -> Profile:
    entries: list[tuple[ProfileKind, str]] = []
    for line in map(str.strip, text.splitlines()):
        if not line or line.startswith("#"):
            continue
        head, _, rest = line.partition(":")
        match head.strip().lower():
            case "style":
                entries.append(("style", rest.strip()))
            case "note":
                entries.append(("note", rest.strip()))
            case _:
                entries.append(("fact", line))
    return Profile(tuple(entries), ())


def profile_as_toml(profile: Profile) -> str:
    """A file that `read_profile` reads back as `profile`, but for the order between kinds."""
    table: dict[str, object] = {key: list(profile.texts(kind)) for key, kind in _KEYS.items()}
    table["memories"] = list(profile.memories)
    return tomli_w.dumps({key: texts for key, texts in table.items() if texts}, multiline_strings=True)


def write_profile(profile: Profile, file: Path) -> None:
    """Write `profile` to `file` as TOML, which only the user can read. Raises KnownError."""
    try:
        write_atomically(file, profile_as_toml(profile).encode())
    except OSError as error:
        raise KnownError(
            "The profile cannot be written to {file}: {why}.", file=file, why=system_words(error)
        ) from error
