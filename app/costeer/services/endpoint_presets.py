"""The clouds that can be added by name, from the TOML file that ships. Pure lookup; any thread."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from costeer.cloud.urls import is_local, server_root
from costeer.foundation.errors import BadInput, BugError
from costeer.foundation.paths import shipped

Billing = Literal["by token", "unknown", "none"]


@dataclass(frozen=True, slots=True)
class EndpointPreset:
    """`key_from` says where its users get a key; empty where none is needed."""

    name: str
    base_url: str
    needs_key: bool
    billed_by_token: bool
    key_from: str

    @property
    def local(self) -> bool:
        """Whether it is a server on this computer."""
        return is_local(server_root(self.base_url))


def load_presets(file: Path | None = None) -> tuple[EndpointPreset, ...]:
    """In the order of the file; without `file`, the one that ships. Raises BugError when malformed: it is ours."""
    file = file or shipped("resources", "endpoints.toml")
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["endpoint"]
        presets = tuple(_preset(one) for one in rows)
    except (OSError, ValueError, KeyError, TypeError, BadInput) as error:
        raise BugError(
            "The list of known clouds {file} cannot be read ({error}); reinstall the application.",
            file=file,
            error=repr(error),
        ) from error
    if len({one.name for one in presets}) != len(presets):
        raise BugError("The list of known clouds {file} names one twice; reinstall the application.", file=file)
    return presets


def preset_at(base_url: str, presets: Sequence[EndpointPreset]) -> EndpointPreset | None:
    """The preset of the server at `base_url`; None for another server, or what is no address (yet)."""
    root = _root(base_url)
    return next((one for one in presets if server_root(one.base_url) == root), None)


def billing(base_url: str, presets: Sequence[EndpointPreset]) -> Billing:
    """Whether what the server at `base_url` is asked costs money, as far as that can be known: one that is not
    known here and is not in the local network may bill."""
    preset = preset_at(base_url, presets)
    if preset is not None:
        return "by token" if preset.billed_by_token else "none"
    root = _root(base_url)
    return "none" if root is None or is_local(root) else "unknown"


def unencrypted(base_url: str) -> bool:
    """Whether what goes there can be read on the way: http, and not within this computer or the local network."""
    root = _root(base_url)
    return root is not None and root.startswith("http://") and not is_local(root)


def _root(base_url: str) -> str | None:
    try:
        return server_root(base_url)
    except BadInput:
        return None


def _preset(row: object) -> EndpointPreset:
    """Raises TypeError, BadInput."""
    if not isinstance(row, dict):
        raise TypeError(f"a table was expected, not {row!r}")
    preset = EndpointPreset(**row)
    for one in dataclasses.fields(preset):
        if type(getattr(preset, one.name)).__name__ != one.type:
            raise TypeError(f"{one.name} of {preset.name} should be of type {one.type}")
    server_root(preset.base_url)
    return preset
