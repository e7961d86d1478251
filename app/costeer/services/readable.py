"""A request in words.

Completion requests carry token ids, so that nothing is tokenised twice; a person cannot read those. What they say
is known without any model: the text of the prompt stands in the answer's earlier tokenize request, and the ids
behind it are the answer's own tokens, whose texts are in its traces.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from costeer.privacy.ledger import LedgerEntry
from costeer.steering.trace import TokenTrace


def request_in_words(
    request: LedgerEntry, exchanges: Sequence[LedgerEntry], traces: Sequence[TokenTrace]
) -> str | None:
    """What the token ids of `request` say, or None when it holds none or what they say is not known.

    `exchanges` are the ledger entries of the same answer, in any order; `traces` the answer's.
    """
    sent = _json(request.record.body).get("prompt")
    if not isinstance(sent, list):
        return None
    for one in sorted(exchanges, key=lambda entry: -entry.sequence):
        if one.record.kind != "request" or one.record.purpose != "tokenize" or one.sequence > request.sequence:
            continue
        text = _json(one.record.body).get("content")
        tokens = _response_tokens(one, exchanges)
        if isinstance(text, str) and tokens and sent[: len(tokens)] == tokens:
            answer = sent[len(tokens) :]
            known = [trace for trace in traces if trace.index < len(answer)]
            if [trace.token for trace in known] == answer:
                return text + "".join(trace.text for trace in known)
    return None


def _response_tokens(request: LedgerEntry, exchanges: Sequence[LedgerEntry]) -> list[int]:
    for one in exchanges:
        if one.record.kind == "response" and one.record.exchange == request.record.exchange:
            tokens = _json(one.record.body).get("tokens")
            return tokens if isinstance(tokens, list) else []
    return []


def _json(body: str) -> dict[str, object]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
