"""One entry of llama-server's `logprobs.content`, checked.

The server withholds a token that ends in the middle of a UTF-8 character and reports it merged with the next:
the entry then has the last token's id and alternatives, but the bytes of the whole character; `hidden_bytes`
finds that. An entry's `token` text is never used: it may be empty or replaced, ids and bytes are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from costeer.cloud.errors import malformed
from costeer.foundation.errors import EndpointError
from costeer.steering.types import CloudPosition, FloatArray, IdArray


@dataclass(frozen=True, slots=True, eq=False)
class ReportedPosition:
    """`written` is what the server says the token spells, `top_bytes` what each alternative really spells."""

    token: int
    written: bytes
    top_ids: IdArray
    top_logprobs: FloatArray
    top_bytes: tuple[bytes, ...]

    def piece(self) -> bytes | None:
        """The true bytes of `token`, or None when it is not among the alternatives."""
        (at,) = np.nonzero(self.top_ids == self.token)
        return self.top_bytes[int(at[0])] if at.size else None

    def position(self) -> CloudPosition:
        piece = self.piece()
        return CloudPosition(self.token, self.top_ids, self.top_logprobs, self.written if piece is None else piece)


def hidden_bytes(written: bytes, piece: bytes) -> bytes:
    """What the server wrote before `piece` without reporting it; empty for an ordinary entry."""
    if written != piece and written.endswith(piece) and piece:
        return written[: -len(piece)]
    return b""


def parse_entry(entry: object, endpoint: str) -> ReportedPosition:
    """Raises EndpointError when the entry has not the shape that llama-server gives."""
    try:
        fields = cast(dict[str, object], entry)
        top = cast(list[dict[str, object]], fields["top_logprobs"])
        top_ids = np.array([one["id"] for one in top], dtype=np.int64)
        top_logprobs = np.array([one["logprob"] for one in top], dtype=np.float64)
        top_bytes = tuple(bytes(cast(list[int], one["bytes"] or [])) for one in top)
        reported = ReportedPosition(
            token=int(cast(int, fields["id"])),
            written=bytes(cast(list[int], fields["bytes"] or [])),
            top_ids=top_ids,
            top_logprobs=top_logprobs,
            top_bytes=top_bytes,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise malformed(endpoint, f"reports tokens in a form that cannot be read ({error!r})") from error
    if not top_ids.size or np.isnan(top_logprobs).any():
        raise no_logprobs(endpoint)
    if np.any(top_logprobs[1:] > top_logprobs[:-1]):
        raise malformed(endpoint, "reports the alternatives of a token in no order")
    return reported


def no_logprobs(endpoint: str) -> EndpointError:
    return EndpointError(
        f"{endpoint} answers without log-probabilities, so its answer cannot be steered; "
        "choose an endpoint or a model that gives them."
    )
