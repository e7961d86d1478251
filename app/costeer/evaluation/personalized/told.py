"""What is left of a cloud whose endpoint tells its likeliest tokens only, completed as the engine completes it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from costeer.evaluation.personalized.formulas import Views
from costeer.steering.distributions import log_sum_exp
from costeer.steering.tail import complete_tail
from costeer.steering.types import FloatArray, IdArray


def likeliest(logprobs: FloatArray, count: int) -> IdArray:
    """The ids of the `count` likeliest, the first first; ties in the order of the ids."""
    best = np.argpartition(-logprobs, count - 1)[:count] if count < len(logprobs) else np.arange(len(logprobs))
    best = np.sort(best)
    return np.asarray(best[np.argsort(-logprobs[best], kind="stable")])


def telling(views: Views, count: int) -> Views:
    """The same with `b` known of the `count` likeliest tokens alone; normalised again, as the cap of the tail
    takes some of the missing mass away."""
    top = likeliest(views.cloud, count)
    tail_share = max(0.0, 1.0 - math.exp(log_sum_exp(views.plain[top])))
    completed = complete_tail(views.cloud[top], tail_share).complete(views.plain)
    completed[top] = views.cloud[top]
    return dataclasses.replace(views, cloud=completed - log_sum_exp(completed))
