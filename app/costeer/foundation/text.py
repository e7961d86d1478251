"""When two texts say the same: the one comparison used wherever a private text must be recognised."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def comparable(text: str) -> str:
    """What two texts are compared by: NFKC, casefolded, no invisible characters, one space for any white space."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", text).casefold()
        # Casefolding can undo the composition (a dotted capital I, say), so it is normalised once more.
        text = unicodedata.normalize("NFKC", folded)
        text = "".join(one for one in text if unicodedata.category(one) != "Cf")
    else:
        text = text.casefold()
    return _SPACES.sub(" ", text)
