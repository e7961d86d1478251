"""Where in a text on the screen something stands for a private text on its way to the cloud. Any thread."""

from __future__ import annotations

from collections.abc import Mapping

from costeer.foundation.private_texts import PrivateTexts
from costeer.gui.steering_spans import utf16


class StandIns:
    """`by_text` has of each private text its placeholder. Immutable."""

    def __init__(self, by_text: Mapping[str, str]) -> None:
        self.by_text = dict(by_text)
        self._texts = PrivateTexts(self.by_text)

    def places(self, shown: str) -> list[tuple[int, int, str]]:
        """(start, end, placeholder) in UTF-16 units, as Qt counts, in order."""
        found: list[tuple[int, int, str]] = []
        at, units = 0, 0
        for place in self._texts.places_in(shown):
            units += utf16(shown[at : place.start])
            length = utf16(shown[place.start : place.end])
            found.append((units, units + length, self.by_text[place.text]))
            at, units = place.end, units + length
        return found
