"""One entry of llama-server's `logprobs.content`, checked.

The server withholds a token that ends in the middle of a UTF-8 character and reports it merged with the next:
the entry then has the last token's id and alternatives, but the bytes of the whole character; `hidden_bytes`
finds that. An entry's `token` text is never used: it may be empty or replaced, ids and bytes are not.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from costeer.cloud import untrusted
from costeer.cloud.errors import malformed
from costeer.foundation.errors import EndpointError
from costeer.foundation.translatable import Translatable
from costeer.steering.types import CloudPosition, FloatArray, IdArray

MOST_ALTERNATIVES = 1000
"""Alternatives of one position that are read, unless more were asked for."""

_MISSING = -9000.0  # nats; llama-server writes the lowest float for a probability of zero, others write -9999
_ROUNDING = 1e-3  # nats by which a certain token may come out above zero
_SUM_ROUNDING = 1e-2


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
        spelled = self.written if piece is None else piece
        return CloudPosition(self.token, self.top_ids, self.top_logprobs, spelled, self.top_bytes)


def hidden_bytes(written: bytes, piece: bytes) -> bytes:
    """What the server wrote before `piece` without reporting it; empty for an ordinary entry."""
    if written != piece and written.endswith(piece) and piece:
        return written[: -len(piece)]
    return b""


def parse_entry(entry: object, endpoint: str, most: int = MOST_ALTERNATIVES) -> ReportedPosition:
    """`entry` with at most `most` alternatives; those that the server calls impossible are left out.

    Raises EndpointError when it has not the shape that llama-server gives, or is no distribution.
    """
    try:
        token, written, top = untrusted.fields(entry, "id", "bytes", "top_logprobs")
        parsed = [_alternative(one) for one in untrusted.items(top, most)]
        told = [one for one in parsed if not one[2] <= _MISSING]
        reported = ReportedPosition(
            token=untrusted.token_id(token),
            written=untrusted.byte_list(written),
            top_ids=np.array([one for one, _, _ in told], dtype=np.int64),
            top_logprobs=np.array([logprob for _, _, logprob in told], dtype=np.float64),
            top_bytes=tuple([spelled for _, spelled, _ in told]),
        )
    except untrusted.Unreadable as error:
        raise malformed(
            endpoint, Translatable("reports tokens in a form that cannot be read ({why})", why=error.said)
        ) from error
    return _checked(reported, endpoint)


def _alternative(entry: object) -> tuple[int, bytes, float]:
    """Id, bytes and log-probability."""
    token, spelled, logprob = untrusted.fields(entry, "id", "bytes", "logprob")
    return untrusted.token_id(token), untrusted.byte_list(spelled), untrusted.number(logprob)


def _checked(reported: ReportedPosition, endpoint: str) -> ReportedPosition:
    """`reported`, if its alternatives can be the head of a distribution; rounding errors are taken off."""
    ids, logprobs = reported.top_ids, reported.top_logprobs
    if not ids.size or np.isnan(logprobs).any():
        raise no_logprobs(endpoint)
    if logprobs.max() > _ROUNDING:
        raise malformed(endpoint, Translatable("reports log-probabilities above zero"))
    if (logprobs[1:] > logprobs[:-1]).any():
        raise malformed(endpoint, Translatable("reports the alternatives of a token in no order"))
    if len(set(ids.tolist())) != ids.size:
        raise malformed(endpoint, Translatable("reports the same alternative of a token twice"))
    if float(np.exp(logprobs).sum()) > 1.0 + _SUM_ROUNDING:
        raise malformed(endpoint, Translatable("reports probabilities that sum to more than one"))
    return dataclasses.replace(reported, top_logprobs=np.minimum(logprobs, 0.0))


def no_logprobs(endpoint: str) -> EndpointError:
    return EndpointError(
        "{endpoint} answers without log-probabilities, so its answer cannot be steered; "
        "choose an endpoint or a model that gives them.",
        endpoint=endpoint,
    )
