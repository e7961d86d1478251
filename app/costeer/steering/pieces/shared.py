"""How probable it is that a local token is a token of the cloud's too.

Public text that both sides have tokenised tells: wherever both begin a token at the same place, either the local
token is a token there too or the cloud cuts the text elsewhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.types import FloatArray

_PRIOR = (19.0, 20.0)  # shared, of: what common pairs of tokenizers have in English
_SURE = 0.9999


def shared_strings(strings: LocalStrings, local: Sequence[bytes], cloud: Sequence[bytes]) -> FloatArray:
    """Shape (strings,). `local` and `cloud` are the pieces in which both sides cut the same public text; empty
    where the cloud does not tell. Those that the cloud has shown are as good as certain."""
    ends = np.cumsum([0, *map(len, cloud)]).tolist()
    following = dict(itertools.pairwise(ends))
    shared, seen = _PRIOR
    at = 0
    for piece in local:
        end = at + len(piece)
        if len(piece) > 1 and at in following:
            seen += 1.0
            shared += following[at] == end
        at = end
    result = np.full(len(strings), shared / seen)
    shown = [strings.index(one) for one in set(cloud)]
    result[[one for one in shown if one is not None]] = _SURE
    return result
