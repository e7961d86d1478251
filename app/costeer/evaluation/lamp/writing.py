"""What the local model writes by itself, and how likely it finds a text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from costeer.foundation.cancel import CancelToken
from costeer.local.process import ModelProcess
from costeer.privacy.sealable_file import SealableFile


def written(
    model: ModelProcess, prompt: Sequence[int], adapter: SealableFile | None, most_tokens: int, cancel: CancelToken
) -> str:
    """Its greedy answer, to the end or `most_tokens`."""
    info = model.describe()
    session = model.open(prompt, adapters=(adapter,), cancel=cancel)
    answer: list[int] = []
    for _ in range(most_tokens):
        token = int(session.logits(answer, [len(answer)])[0, 0].argmax())
        if token in info.end_tokens:
            break
        answer.append(token)
    return b"".join(info.token_bytes[one] for one in answer).decode("utf-8", "replace").strip()


def bits_of(
    model: ModelProcess, prompt: Sequence[int], adapter: SealableFile | None, text: str, cancel: CancelToken
) -> tuple[float, int]:
    """The bits that `text` takes behind `prompt`, its end included, and its tokens."""
    end = min(model.describe().end_tokens, default=None)
    tokens = [*model.tokenize(text, False), *([] if end is None else [end])]
    session = model.open(prompt, adapters=(adapter,), cancel=cancel)
    return -float(session.log_likelihoods(tokens)[0]) / math.log(2.0), len(tokens)
