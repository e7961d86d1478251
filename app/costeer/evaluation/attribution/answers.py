"""The answers: real ones, through the whole application, and what the ledger shows of each.

Every user has the application to themselves: the profile is the one that is stored, each question opens a new
conversation, and an answer's randomness is its own. What the attacker gets is read from the ledger afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costeer.evaluation.attribution.people import Question
from costeer.evaluation.attribution.transcript import Transcript, public_prompt, read_transcript
from costeer.evaluation.harness.asking import answer_to
from costeer.evaluation.harness.task import Desktop
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.run_store import Json
from costeer.services.options import AskOptions
from costeer.steering.policy import Policy
from costeer.steering.strength import STRONGEST
from costeer.steering.vocabulary import check_same_vocabulary

_SAMPLINGS = ("greedy", "quiet", "fast")
_MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Setting:
    """How answers are steered. `strength` 0 is the cloud's own answer, which is greedy."""

    sampling: str
    strength: float
    options: AskOptions

    @property
    def name(self) -> str:
        return f"{self.sampling} {self.strength:g}" if self.strength else NOT_STEERED

    @property
    def policy(self) -> Policy:
        return self.options.policy

    @property
    def key(self) -> str:
        return f"{self.sampling}:{self.strength:g}"

    @property
    def token_by_token(self) -> bool:
        return self.options.decoder == "token"


NOT_STEERED = "not steered"


def read_settings(text: str, temperature: float, max_tokens: int) -> list[Setting]:
    """Of a list like `greedy:0.5,quiet:1`; the cloud alone comes first. Raises BadInput.

    Fast sampling goes token by token: where a stream is opened decides what the cloud draws, and how far a look
    ahead has come depends on how fast this computer is, so only so does a second run give the same answers.
    """
    settings = [_setting("greedy", 0.0, temperature, max_tokens)]
    for one in filter(None, (part.strip() for part in text.split(","))):
        sampling, _, strength = one.partition(":")
        try:
            gain = float(strength)
        except ValueError:
            gain = -1.0
        if sampling not in _SAMPLINGS or not 0.0 < gain <= STRONGEST:
            raise BadInput(
                "{setting!r} is no setting; give {known} with a strength above 0 and up to "
                "{strongest:g}, as in greedy:1.",
                setting=one,
                known=", ".join(_SAMPLINGS),
                strongest=STRONGEST,
            )
        settings.append(_setting(sampling, gain, temperature, max_tokens))
    if len(settings) == 1:
        raise BadInput("There is no setting to steer with; give one as in greedy:1.")
    return list({one.key: one for one in settings}.values())


def _setting(sampling: str, strength: float, temperature: float, max_tokens: int) -> Setting:
    options = AskOptions(
        strength=strength,
        temperature=0.0 if sampling == "greedy" else temperature,
        sampling="fast" if sampling == "fast" else "quiet",
        decoder="token" if sampling == "fast" else "lookahead",
        max_tokens=max_tokens,
    )
    options.check()
    return Setting(sampling, strength, options)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """`person` is the true one's place among the candidates. `text` is what the cloud knows of the answer, `bits`
    what the leak meter said, `changed` how many tokens steering changed, `told` the private words it gave away."""

    person: int
    question: Question
    setting: Setting
    transcript: Transcript
    text: str
    bits: float
    tokens: int
    changed: int
    told: int
    as_written: bool

    @property
    def row(self) -> str:
        return f"{self.setting.key}/{self.question.name}/{self.person}"

    @classmethod
    def of(cls, person: int, question: Question, setting: Setting, plain: Mapping[str, Any]) -> Answer:
        return cls(
            person,
            question,
            setting,
            Transcript.of(plain["transcript"]),
            plain["text"],
            plain["bits"],
            plain["tokens"],
            plain["changed"],
            plain["told"],
            plain["as_written"],
        )


def ask(desktop: Desktop, question: Question, options: AskOptions, cancel: CancelToken) -> Json:
    """One answer, as `Answer.of` reads it. Raises KnownError, Cancelled."""
    finished = answer_to(desktop, question.text, options, cancel)
    answer, figures = finished.answer, finished.figures
    entries = desktop.audit.entries(message_id=answer.id, newest=_MOST_ENTRIES)[::-1]
    model = desktop.models.ready(cancel=cancel)
    info = model.describe()
    text, prompt = public_prompt(entries)
    check_same_vocabulary(model.tokenize(text), prompt, info.name, "the demo cloud's")  # else ids mean nothing
    by_token = options.decoder == "token" and options.strength > 0.0
    transcript = read_transcript(entries, options.max_tokens, token_by_token=by_token)
    established = transcript.tokens[: transcript.established]
    shown = b"".join(info.token_bytes[one] for one in transcript.tokens if one not in info.end_tokens)
    return {
        "transcript": transcript.plain(),
        "text": shown.decode("utf-8", "replace"),
        "bits": figures.leak_bits,
        "tokens": figures.tokens,
        "changed": figures.steered_tokens,
        "told": len(figures.private_words),
        "as_written": established == answer.tokens[: len(established)],
    }


def seed_of(seed: int, *parts: object) -> int:
    """A seed of its own for each answer."""
    text = "/".join(map(str, (seed, *parts)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) & 0x7FFFFFFF
