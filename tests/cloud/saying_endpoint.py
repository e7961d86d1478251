"""A scripted endpoint that says what the test wants, in pieces as small as the test wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.cloud.scripted_endpoint import END, ScriptedEndpoint, Told

SURE = (-0.001, -8.0, -9.0)


@dataclass
class SayingEndpoint(ScriptedEndpoint):
    """Says `says` in tokens of `size` characters, whatever it is asked; goes on with it where that is begun."""

    says: str = "Hello."
    size: int = 3

    def _steps(self, body: Mapping[str, Any], written: bytes) -> Iterator[Told]:
        text = self.says
        begun = written.decode("utf-8", "ignore")
        at = len(begun) if text.startswith(begun) else len(text)
        for _ in range(body["max_tokens"]):
            piece = text[at : at + self.size].encode() or END
            yield Told((piece, b" the", b"?"), SURE)
            if piece == END:
                return
            at += self.size
