"""`costeer bench decode`: the decoders side by side, through the whole application.

Every run is a real answer (database, ledger, model process, server), in a data folder of its own that is removed
afterwards. The decoders take turns prompt by prompt, so that whatever else the computer does hits all alike; what
is reported are medians over the answers and ratios within one turn.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from costeer.evaluation.cogenesis import Case
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.translatable import Translatable
from costeer.personalization.profile import Profile
from costeer.services.chat import ChatService
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions
from costeer.steering.trace import TokenTrace

PROFILE = Profile(
    (
        ("fact", "My sister is called Zephyrine."),
        ("fact", "She keeps alpacas in Tromso and hates cake."),
        ("style", "I write in short, dry sentences."),
    )
)

PROMPTS = (
    "Write a two-line birthday note to my sister.",
    "Plan a quiet weekend for my sister and me.",
    "Explain why the sky is blue in a few sentences.",
    "Give me three ideas for a present.",
)

CASES = tuple(Case(prompt, PROFILE) for prompt in PROMPTS)

LOOKAHEAD, PREFETCH, REFERENCE, UNSTEERED = "lookahead", "lookahead with prefetch", "token", "unsteered"
DECODERS = (LOOKAHEAD, PREFETCH, REFERENCE, UNSTEERED)
PREFETCH_BUDGET = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One answer of one decoder. `cpu_seconds` is what this process took itself: not the model process, not the
    server, which are others."""

    message_id: str
    tokens: tuple[int, ...]
    round_trips: int
    requests: int
    cloud_tokens: int
    seconds: float
    cpu_seconds: float


def bench_decoders(
    chat: ChatService,
    options: AskOptions,
    cases: Sequence[Case],
    turns: int,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> dict[str, object]:
    """Run every case `turns` times with every decoder. Returns what `--json` prints."""
    options = dataclasses.replace(options, temperature=0.0, enabled=True)
    runs: dict[str, list[Run]] = {name: [] for name in DECODERS}
    for name in DECODERS:
        _one(chat, cases[0], options, name, cancel)  # warm-up: processes, caches, connections
    total = turns * len(cases) * len(DECODERS)
    done = 0
    for _turn in range(turns):
        for case in cases:
            for name in DECODERS:
                runs[name].append(_one(chat, case, options, name, cancel))
                done += 1
                progress(Progress(Translatable("decoding"), done, total))
    return {
        "label": "real answers through the whole application on this computer",
        "strength": options.strength,
        "mixture": options.mixture,
        "answers_per_decoder": turns * len(cases),
        "decoders": {name: _summary(runs[name], runs[REFERENCE]) for name in DECODERS},
        "speed_ratios": {
            f"{name} over {other}": _speed_ratio(runs[name], runs[other])
            for name in (LOOKAHEAD, PREFETCH)
            for other in (REFERENCE, UNSTEERED)
        },
        "differences": _differences(chat, runs),
    }


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A data folder for the benchmark's own answers."""
    with tempfile.TemporaryDirectory(prefix="costeer-bench-") as folder:
        yield Path(folder)


def _one(chat: ChatService, case: Case, options: AskOptions, name: str, cancel: CancelToken) -> Run:
    if name == UNSTEERED:
        options = dataclasses.replace(options, strength=0.0)
    else:
        options = dataclasses.replace(
            options,
            decoder="token" if name == REFERENCE else "lookahead",
            prefetch=PREFETCH_BUDGET if name == PREFETCH else 0.0,
        )
    conversation = chat.create()
    busy = time.process_time()
    for event in chat.ask(
        conversation.id, case.prompt, dataclasses.replace(options, profile=case.profile), cancel
    ):
        if isinstance(event, AnswerFinished):
            cancel.raise_if_cancelled()
            one, answer = event.figures, event.answer
            busy = time.process_time() - busy
            return Run(
                answer.id, answer.tokens, one.round_trips, one.requests, one.cloud_tokens, one.seconds, busy
            )
    raise BugError("The answer ended without saying so; please report this.")


def _summary(runs: Sequence[Run], reference: Sequence[Run]) -> dict[str, float]:
    """Medians over the answers; `tokens_equal_to_reference` counts tokens before the first difference, the rates
    per token are over all answers."""
    equal = sum(_common(one.tokens, other.tokens) for one, other in zip(runs, reference, strict=True))
    longest = sum(max(len(one.tokens), len(other.tokens)) for one, other in zip(runs, reference, strict=True))
    tokens = max(1, sum(len(one.tokens) for one in runs))
    return {
        "tokens_per_second": statistics.median(len(one.tokens) / one.seconds for one in runs),
        "round_trips_per_token": sum(one.round_trips for one in runs) / tokens,
        "requests_per_token": sum(one.requests for one in runs) / tokens,
        "tokens_equal_to_reference": equal / max(1, longest),
        "cloud_tokens_per_token": sum(one.cloud_tokens for one in runs) / tokens,
        "own_cpu_ms_per_token": statistics.median(
            1000 * one.cpu_seconds / max(1, len(one.tokens)) for one in runs
        ),
        "tokens": sum(len(one.tokens) for one in runs),
    }


def _differences(chat: ChatService, runs: dict[str, list[Run]]) -> dict[str, object]:
    """Where a decoder first wrote another token than token-by-token, and by how little it was decided, in nats.

    Behind a first difference the answers are different ones, so only the tokens up to there are compared.
    """
    found: dict[str, object] = {}
    for name in (LOOKAHEAD, PREFETCH):
        margins: list[float] = []
        compared = 0
        for one, other in zip(runs[name], runs[REFERENCE], strict=True):
            at = _common(one.tokens, other.tokens)
            compared += min(at + 1, len(other.tokens))
            if at < min(len(one.tokens), len(other.tokens)):
                margins.append(_margin(chat.traces(one.message_id)[at], one.tokens[at], other.tokens[at]))
        found[name] = {"tokens_compared": compared, "first_differences": len(margins), "margins_in_nats": margins}
    return found


def _margin(trace: TokenTrace, chosen: int, other: int) -> float:
    after = {one.token: one.after for one in trace.candidates}
    if not after.get(other) or not after.get(chosen):
        return math.inf
    return abs(math.log(after[chosen] / after[other]))


def _speed_ratio(runs: Sequence[Run], others: Sequence[Run]) -> float:
    """Median over the pairs of one turn of (tokens per second) / (tokens per second)."""
    return statistics.median(
        (len(one.tokens) / one.seconds) / (len(other.tokens) / other.seconds)
        for one, other in zip(runs, others, strict=True)
        if one.tokens and other.tokens
    )


def _common(some: Sequence[int], others: Sequence[int]) -> int:
    for at, (one, other) in enumerate(zip(some, others, strict=False)):
        if one != other:
            return at
    return min(len(some), len(others))
