"""`costeer bench decode`: the decoders side by side, through the whole application.

Every run is a real answer (database, ledger, model process, server), in a data folder of its own that is removed
afterwards. The decoders take turns prompt by prompt, so that whatever else the computer does hits all alike; what
is reported are medians over the answers and ratios within one turn.
"""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.personalization.profile import Profile
from costeer.services.chat import ChatService
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions

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

REFERENCE, UNSTEERED = "token", "unsteered"
DECODERS = ("lookahead", REFERENCE, UNSTEERED)


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One answer of one decoder."""

    tokens: tuple[int, ...]
    round_trips: int
    cloud_tokens: int
    seconds: float


def bench_decoders(
    chat: ChatService, options: AskOptions, turns: int, progress: ProgressCallback, cancel: CancelToken
) -> dict[str, object]:
    """Run every prompt `turns` times with every decoder. Returns what `--json` prints."""
    options = dataclasses.replace(options, profile=PROFILE, temperature=0.0, enabled=True)
    runs: dict[str, list[Run]] = {name: [] for name in DECODERS}
    _one(chat, PROMPTS[0], options, UNSTEERED, cancel)  # warm-up: processes, caches, connections
    _one(chat, PROMPTS[0], options, "lookahead", cancel)
    total = turns * len(PROMPTS) * len(DECODERS)
    done = 0
    for _turn in range(turns):
        for prompt in PROMPTS:
            for name in DECODERS:
                runs[name].append(_one(chat, prompt, options, name, cancel))
                done += 1
                progress(Progress("decoding", done, total))
    return {
        "strength": options.strength,
        "mixture": options.mixture,
        "answers_per_decoder": turns * len(PROMPTS),
        "decoders": {name: _summary(runs[name], runs[REFERENCE]) for name in DECODERS},
        "speed_ratios": {
            "lookahead_over_token": _speed_ratio(runs["lookahead"], runs[REFERENCE]),
            "lookahead_over_unsteered": _speed_ratio(runs["lookahead"], runs[UNSTEERED]),
        },
    }


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A data folder for the benchmark's own answers."""
    with tempfile.TemporaryDirectory(prefix="costeer-bench-") as folder:
        yield Path(folder)


def _one(chat: ChatService, prompt: str, options: AskOptions, name: str, cancel: CancelToken) -> Run:
    if name == UNSTEERED:
        options = dataclasses.replace(options, strength=0.0)
    else:
        options = dataclasses.replace(options, decoder="token" if name == REFERENCE else "lookahead")
    conversation = chat.create()
    for event in chat.ask(conversation.id, prompt, options, cancel):
        if isinstance(event, AnswerFinished):
            cancel.raise_if_cancelled()
            one = event.figures
            return Run(event.answer.tokens, one.round_trips, one.cloud_tokens, one.seconds)
    raise BugError("The answer ended without saying so; please report this.")


def _summary(runs: Sequence[Run], reference: Sequence[Run]) -> dict[str, float]:
    """Medians over the answers; `tokens_equal_to_reference` counts tokens before the first difference."""
    equal = sum(_common(one.tokens, other.tokens) for one, other in zip(runs, reference, strict=True))
    longest = sum(max(len(one.tokens), len(other.tokens)) for one, other in zip(runs, reference, strict=True))
    return {
        "tokens_per_second": statistics.median(len(one.tokens) / one.seconds for one in runs),
        "round_trips_per_token": statistics.median(one.round_trips / max(1, len(one.tokens)) for one in runs),
        "tokens_equal_to_reference": equal / max(1, longest),
        "cloud_tokens_per_token": statistics.median(one.cloud_tokens / max(1, len(one.tokens)) for one in runs),
        "tokens": sum(len(one.tokens) for one in runs),
    }


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
