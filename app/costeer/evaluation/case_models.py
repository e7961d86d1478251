"""Both models in this process' hands, for one case: every number of either, behind any prefix.

The cloud's model runs here as a local one does, so that its whole distribution can be seen and cut to what an
endpoint would tell. What has been computed is remembered, because the decoders that are compared walk the same
paths.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

import numpy as np

from costeer.evaluation.cogenesis import Case
from costeer.foundation.cancel import CancelToken
from costeer.local.process import LocalSession, ModelProcess
from costeer.services.answers.branches import open_branches, render_local
from costeer.steering.distributions import log_softmax
from costeer.steering.rows import LogitsRow
from costeer.steering.types import CloudPosition, FloatArray
from costeer.steering.vocabulary import Vocabulary, check_same_vocabulary

_REMEMBERED = 400  # rows of each model: about 0.7 GB with a vocabulary of 152 000


class CaseModels:
    """One thread. The local branches see the case's profile; the cloud sees the prompt alone."""

    def __init__(self, local: ModelProcess, cloud: ModelProcess, case: Case, cancel: CancelToken) -> None:
        messages = [{"role": "user", "content": case.prompt}]
        text = render_local(cloud, messages, cancel)
        prompt = cloud.tokenize(text)
        names = (local.describe().name, cloud.describe().name)
        begin = check_same_vocabulary(local.tokenize(text), prompt, *names)
        branches = open_branches(local, messages, case.profile, (), cancel, begin)
        self.session: LocalSession = branches.session
        self._cloud: LocalSession = cloud.open(prompt, cancel=cancel)
        info = local.describe()
        self.vocabulary = Vocabulary(info.token_bytes, info.end_tokens)
        self._rows: OrderedDict[tuple[int, ...], LogitsRow] = OrderedDict()
        self._clouds: OrderedDict[tuple[int, ...], FloatArray] = OrderedDict()

    def rows(self, answer: Sequence[int], wanted: Sequence[int]) -> list[LogitsRow]:
        """As `LocalScorer.score`."""
        missing = [at for at in wanted if tuple(answer[:at]) not in self._rows]
        if missing:
            for at, row in zip(missing, self.session.score(answer[: missing[-1]], missing), strict=True):
                self._rows[tuple(answer[:at])] = row
        found = [self._rows[tuple(answer[:at])] for at in wanted]
        while len(self._rows) > _REMEMBERED:
            self._rows.popitem(last=False)
        return found

    def cloud(self, answer: Sequence[int]) -> FloatArray:
        """The cloud's log-probabilities behind `answer`, shape (V,), cut to the local vocabulary."""
        key = tuple(answer)
        if key not in self._clouds:
            logits = self._cloud.logits(answer, [len(answer)])[0, 0, : len(self.vocabulary)]
            self._clouds[key] = log_softmax(logits.astype(np.float64))
            if len(self._clouds) > _REMEMBERED:
                self._clouds.popitem(last=False)
        return self._clouds[key]

    def position(self, answer: Sequence[int], k: int) -> CloudPosition:
        """What an endpoint that tells `k` alternatives would say."""
        logprobs = self.cloud(answer)
        best = np.argpartition(-logprobs, k)[:k] if k < len(logprobs) else np.arange(len(logprobs))
        top = best[np.argsort(-logprobs[best], kind="stable")]
        token = int(top[0])
        return CloudPosition(token, top, logprobs[top], self.vocabulary.text_bytes(token))

    def likely_answer(self, length: int) -> list[int]:
        """So many tokens of the local model's own greedy answer without context."""
        answer: list[int] = []
        for at in range(length):
            answer.append(self.rows(answer, [at])[0].likeliest())
        return answer

    def telling(self, k: int) -> partial[CloudPosition]:
        return partial(self.position, k=k)
