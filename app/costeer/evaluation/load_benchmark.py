"""`costeer bench load`: many desktops at one llama-server.

A desktop is what the server sees of one: a conversation of its own behind a common beginning, written in runs.
Each run asks to go on behind the final words, is cut after a random number of tokens (geometric, as often as
steering cuts), and the next one begins with another token than the server's own, its runner-up. So the prompt is
sent again and again, and the server's prefix cache decides what that costs. No local model runs: a real desktop
spends its own processor.

Bounded: desktops, answers and tokens are given, and nothing is begun after `LONGEST_SECONDS`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from costeer.cloud import untrusted
from costeer.cloud.errors import malformed
from costeer.cloud.http import EndpointHttp
from costeer.foundation.cancel import CancelToken
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Exchange

LONGEST_SECONDS = 240.0
_SYSTEM = "You answer members of one team, briefly and to the point. " * 12
_QUESTIONS = (
    "Summarise what a prefix cache is.",
    "Write two lines that invite the team to lunch.",
    "Why is the sky blue?",
    "List three risks of a migration.",
)


@dataclass(frozen=True, slots=True)
class Load:
    """`desktops` at once, each with `answers` of `tokens`, cut with probability `cut` at each token."""

    desktops: int
    answers: int
    tokens: int
    cut: float


@dataclass(slots=True)
class _Desktop:
    number: int
    tokens: int = 0
    requests: int = 0
    cached: int = 0
    read: int = 0
    answer_seconds: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


def bench_load(http: EndpointHttp, load: Load, cancel: CancelToken) -> dict[str, object]:
    """Drive one load. Raises the first desktop's KnownError, Cancelled."""
    desktops = [_Desktop(number) for number in range(load.desktops)]
    started = time.monotonic()

    def work(one: _Desktop) -> None:
        for answer in range(load.answers):
            if time.monotonic() - started < LONGEST_SECONDS:
                _write(http, load, one, answer, cancel)

    with ThreadPoolExecutor(load.desktops, thread_name_prefix="desktop") as pool:
        for done in [pool.submit(work, one) for one in desktops]:
            done.result()
    return _summary(load, desktops, time.monotonic() - started)


def _write(http: EndpointHttp, load: Load, one: _Desktop, number: int, cancel: CancelToken) -> None:
    """One answer, run by run."""
    random = np.random.default_rng([one.number, number])
    question = f"{_QUESTIONS[(one.number + number) % len(_QUESTIONS)]} ({one.number}, {number}.)"
    messages = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": question}]
    templated = http.ask("POST", "/apply-template", {"messages": messages}, Exchange("template", http.name))
    begun = time.monotonic()
    body = {"content": templated.get("prompt", ""), "add_special": True, "parse_special": True}
    told = http.ask("POST", "/tokenize", body, Exchange("tokenize", http.name))
    prompt = [untrusted.token_id(token) for token in untrusted.items(told.get("tokens"), 1 << 20)]
    answer: list[int] = []
    while len(answer) < load.tokens:  # bounded: each pass adds a token at least
        cancel.raise_if_cancelled()
        run = min(int(random.geometric(load.cut)), load.tokens - len(answer))
        asked = time.monotonic()
        answer += _run(http, one, [*prompt, *answer], run)
        one.waits.append(time.monotonic() - asked)
    one.tokens += len(answer)
    one.answer_seconds.append(time.monotonic() - begun)


def _run(http: EndpointHttp, one: _Desktop, ids: Sequence[int], length: int) -> list[int]:
    """`length` tokens, the last of which is the server's runner-up rather than its own choice."""
    body = {
        "prompt": list(ids),
        "n_predict": length,
        "n_probs": 2,
        "temperature": 0.0,
        "ignore_eos": True,
        "cache_prompt": True,
    }
    told = http.ask("POST", "/completion", body, Exchange("answer", http.name))
    timings = told.get("timings")
    entries = told.get("completion_probabilities")
    if not isinstance(timings, dict) or not isinstance(entries, list) or not entries:
        raise malformed(http.name, Translatable("does not tell how long it took and what it wrote"))
    one.requests += 1
    one.cached += int(timings.get("cache_n", 0))
    one.read += int(timings.get("prompt_n", 0))
    tokens = [untrusted.token_id(entry["id"]) for entry in entries[:length]]
    runner_up = untrusted.token_id(entries[-1]["top_logprobs"][-1]["id"])
    return [*tokens[:-1], runner_up]


def _summary(load: Load, desktops: Sequence[_Desktop], seconds: float) -> dict[str, object]:
    tokens = sum(one.tokens for one in desktops)
    cached, read = sum(one.cached for one in desktops), sum(one.read for one in desktops)
    rates = [load.tokens / took for one in desktops for took in one.answer_seconds]
    waits = [took for one in desktops for took in one.waits]
    return {
        "desktops": load.desktops,
        "tokens": tokens,
        "seconds": seconds,
        "tokens_per_second": tokens / seconds,
        "tokens_per_second_of_one_desktop": statistics.median(rates),
        "requests_per_token": sum(one.requests for one in desktops) / max(1, tokens),
        "prefix_cache_hits": cached / max(1, cached + read),
        "prompt_tokens_read_per_token": read / max(1, tokens),
        "median_wait_ms": 1000 * statistics.median(waits),
        "slowest_wait_ms": 1000 * max(waits),
    }
