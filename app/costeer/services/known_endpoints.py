"""What the probe found at each endpoint, kept so that an answer does not begin with a test.

A file of the cache folder: it holds nothing private, and whatever is wrong with it, the endpoint is tested again.
"""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

from costeer.cloud.abilities import Abilities
from costeer.foundation.files import write_atomically

log = logging.getLogger(__name__)


class KnownEndpoints:
    """Abilities by base URL and model. Any thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def get(self, base_url: str, model: str) -> Abilities | None:
        """What was found there last; None when it has not been tested."""
        with self._lock:
            found = self._read().get(_place(base_url, model))
        try:
            return None if found is None else Abilities.from_json(found)
        except (ValueError, TypeError):
            return None

    def put(self, base_url: str, model: str, abilities: Abilities) -> None:
        with self._lock:
            self._write({**self._read(), _place(base_url, model): abilities.as_json()})

    def forget(self, base_url: str, model: str) -> None:
        """Test it again the next time."""
        with self._lock:
            known = self._read()
            if known.pop(_place(base_url, model), None) is not None:
                self._write(known)

    def _read(self) -> dict[str, object]:
        try:
            value = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def _write(self, known: dict[str, object]) -> None:
        try:
            write_atomically(self._file, json.dumps(known, indent=1).encode())
        except OSError as error:  # the next answer tests again, that is all
            log.warning("what is known of the endpoints was not kept: %s", error)


def _place(base_url: str, model: str) -> str:
    return f"{base_url} {model}"
