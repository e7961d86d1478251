"""What an endpoint's list of models says."""

from __future__ import annotations

from collections.abc import Mapping

from costeer.cloud.untrusted import is_utf8

_MOST_MODELS = 5000


def models_told(answer: Mapping[str, object]) -> tuple[str, ...]:
    """The names in an answer to GET /v1/models, in its order; what is no name is left out."""
    data = answer.get("data")
    entries = data[:_MOST_MODELS] if isinstance(data, list) else []
    names = [one.get("id") for one in entries if isinstance(one, dict)]
    return tuple(one for one in names if isinstance(one, str) and one and is_utf8(one))
