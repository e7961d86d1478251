"""Fit to me: the gain and mixture with which the cloud would most likely have written what the user wrote.

Nothing is sent. To say how likely the user's texts are, a cloud would have to be given them, so its part is played
on this computer: by the demo cloud's own model where that is the endpoint, and else by the local model without
context, which says little about a stronger cloud; the result tells which it was.

Each chunk of text is put the way a real answer is: a public prompt with its opening, the local branches with and
without the private prompt, the cloud's part known by its top 20 alternatives and completed. Then the chunk's rest
is forced token by token, and `steering.calibration` finds the point.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, VocabularyMismatch
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.settings import SteeringSettings
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.local.messages import LocalModelOptions
from costeer.local.process import LocalSession, ModelProcess
from costeer.personalization.profile import Profile
from costeer.services.answers.branches import open_branches, render_local
from costeer.services.answers.prompts import ChatMessage
from costeer.services.local_model import LocalModelService
from costeer.services.own_texts import Chunk, cut, others_than, own_messages, read_texts
from costeer.services.profile import ProfileService
from costeer.steering.calibration import (
    Calibration,
    PerToken,
    ReferenceLogprobs,
    bits_at,
    bits_per_token,
    calibrate,
    reference_logprobs,
)
from costeer.steering.rows import LogitsRow
from costeer.steering.strength import at_position
from costeer.steering.types import CloudPosition, Float32Array, FloatArray
from costeer.steering.vocabulary import check_same_vocabulary
from costeer.storage.repositories import ConversationRepository

MOST_POSITIONS = 1500

_STRENGTHS = (0.15, 0.3, 0.45, 0.6, 0.8, 1.0, 1.25, 1.5, 1.8)
_MIXTURES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
_TOLD = 20
_AT_ONCE = 8
"""Positions whose logits are held at a time: 15 MB with a vocabulary of 152 000."""

_INSTRUCTION = "Continue this text:\n\n"


_READING = Translatable("Reading your texts")


@dataclass(frozen=True, slots=True)
class FitPoint:
    """A position of the strength slider, and the mixture setting with it."""

    strength: float
    mixture: float


@dataclass(frozen=True, slots=True)
class CloudPart:
    """The demo cloud's model, to be run with so many CPU threads; `is_local`: it is the local model's own file."""

    file: Path
    threads: int
    is_local: bool


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What a strength takes, at the default's mixture."""

    strength: float
    bits: PerToken


@dataclass(frozen=True, slots=True)
class FitResult:
    """`fitted` is the best point of all texts; bits per token are held out: it was looked for on one half and
    judged on the other. `gain` is what it saves over the default, with a 95 % interval; `better` says whether it
    is worth a mark. `helped` is what the default takes less than the cloud alone, and `curve` what strengths take,
    ascending, the cloud alone first. `cloud` names the model that played the cloud; with `stand_in` that was the
    local one.
    """

    fitted: FitPoint
    default: FitPoint
    bits_cloud: float
    bits_default: float
    bits_fitted: float
    gain: float
    gain_low: float
    gain_high: float
    better: bool
    helped: PerToken
    curve: tuple[CurvePoint, ...]
    tokens: int
    chunks: int
    texts: int
    cloud: str
    stand_in: bool
    stand_in_reason: Translatable = NOTHING

    @property
    def answer(self) -> Translatable:
        """Does steering help me? In a sentence."""
        bits, low, high = self.helped.value, self.helped.low, self.helped.high
        if low > 0.0:
            return Translatable(
                "Yes: steered at the default strength, the cloud comes nearer to how you write, by {bits:.2f} of "
                "{alone:.2f} bits a token ({low:.2f} to {high:.2f}).",
                bits=bits,
                alone=self.bits_cloud,
                low=low,
                high=high,
            )
        if high < 0.0:
            return Translatable(
                "No: steered at the default strength, the cloud moves away from how you write, by {bits:.2f} bits "
                "a token ({low:.2f} to {high:.2f}).",
                bits=-bits,
                low=-high,
                high=-low,
            )
        return Translatable(
            "That does not show: steered at the default strength, the cloud comes {low:.2f} to {high:.2f} bits a "
            "token nearer to how you write than alone.",
            low=low,
            high=high,
        )

    @property
    def verdict(self) -> Translatable:
        """What came out, in a sentence for the user."""
        if self.better:
            found = Translatable(
                "Strength {strength:g} with mixture {mixture:g} fits your writing better "
                "than the default: {gain:.3f} bits a token ({low:.3f} to {high:.3f}).",
                strength=self.fitted.strength,
                mixture=self.fitted.mixture,
                gain=self.gain,
                low=self.gain_low,
                high=self.gain_high,
            )
            # Bits judge every word alike; names and facts are few of them (docs/decisions/0013).
            weaker = self.fitted.strength < self.default.strength
            if not weaker:
                return found
            return Translatable(
                "{found} At a lower strength fewer facts of your profile are written.", found=found
            )
        if self.bits_cloud <= self.bits_fitted and self.bits_cloud < self.bits_default:
            return Translatable(
                "No steering comes closer to these texts of yours than the cloud does alone; no mark is set."
            )
        return Translatable(
            "No setting fits your writing clearly better than the default does (best held-out gain "
            "{gain:.3f} bits a token, {low:.3f} to {high:.3f}); no mark is set.",
            gain=self.gain,
            low=self.gain_low,
            high=self.gain_high,
        )


def remember(steering: SteeringSettings, point: FitPoint) -> SteeringSettings:
    """The settings with the mark; what is chosen stays chosen."""
    return dataclasses.replace(steering, fitted_strength=point.strength, fitted_mixture=point.mixture)


def choose(steering: SteeringSettings) -> SteeringSettings:
    """The settings at the mark; without one, as they are."""
    if steering.fitted_strength is None or steering.fitted_mixture is None:
        return steering
    return dataclasses.replace(steering, strength=steering.fitted_strength, mixture=steering.fitted_mixture)


def leave(steering: SteeringSettings) -> SteeringSettings:
    """The settings away from the mark: its mixture goes with it."""
    if steering.mixture != steering.fitted_mixture:
        return steering
    return dataclasses.replace(steering, mixture=SteeringSettings().mixture)


def forget(steering: SteeringSettings) -> SteeringSettings:
    """The settings without the mark."""
    return dataclasses.replace(leave(steering), fitted_strength=None, fitted_mixture=None)


class FittingService:
    """Any thread; one fit at a time is the callers' business. `cloud_part` says what the demo cloud serves, None
    where another endpoint is in use."""

    def __init__(
        self,
        conversations: ConversationRepository,
        profile: ProfileService,
        models: LocalModelService,
        cloud_part: Callable[[], CloudPart | None],
    ) -> None:
        self._conversations = conversations
        self._profile = profile
        self._models = models
        self._cloud_part = cloud_part

    def fit(
        self,
        files: Sequence[Path] = (),
        *,
        messages: bool = True,
        most_positions: int = MOST_POSITIONS,
        progress: ProgressCallback = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> FitResult:
        """Find the point that fits `files` and, if wanted, the user's own messages.

        Raises BadInput (too little text, nothing to steer with, a file that cannot be used), ModelError,
        LocalModelLost, Cancelled.
        """
        cancel = cancel or CancelToken()
        texts = read_texts(files) + (own_messages(self._conversations) if messages else [])
        if not texts:
            raise BadInput("You have not written anything here yet; choose a text file that you wrote.")
        with self._models.noticing(lambda _: None):
            model = self._models.ready(progress, cancel)
            chunks = cut(texts, lambda text: len(model.tokenize(text, False)), most_positions)
            profile = self._profile.current()
            if not profile and not any(others_than(one, chunks) for one in chunks):
                raise BadInput("Your profile is empty and there is no other text; add a fact about you or a text.")
            with self._play_cloud(model, chunks[0], progress, cancel) as cloud:
                return _Fit(model, cloud, profile, chunks, cancel).run(most_positions, progress)

    @contextlib.contextmanager
    def _play_cloud(
        self, model: ModelProcess, sample: Chunk, progress: ProgressCallback, cancel: CancelToken
    ) -> Iterator[_Cloud]:
        part = self._cloud_part()
        name = model.describe().name
        if part is None:
            yield _Cloud(None, name, Translatable("the endpoint in use would have to be sent your texts"))
        elif part.is_local:
            yield _Cloud(None, name, NOTHING)
        else:
            options = LocalModelOptions(threads=part.threads)
            with ModelProcess(part.file, options) as process:
                process.start(progress, cancel)
                try:
                    check_same_vocabulary(
                        model.tokenize(sample.text), process.tokenize(sample.text), name, process.describe().name
                    )
                except VocabularyMismatch:
                    other = process.describe().name
                    yield _Cloud(None, name, Translatable("{model} uses another tokenizer", model=other))
                else:
                    yield _Cloud(process, process.describe().name, NOTHING)


@dataclass(frozen=True, slots=True, eq=False)
class _Cloud:
    """`process` is None where the local model without context says what the cloud would; `reason` says why that
    is but a stand-in."""

    process: ModelProcess | None
    name: str
    reason: Translatable


@dataclass(frozen=True, slots=True)
class _Points:
    """The points that are tried; the default is the first, the cloud alone the second."""

    all: tuple[FitPoint, ...]
    gains: tuple[float, ...]

    @classmethod
    def around(cls, default: FitPoint) -> _Points:
        grid = [FitPoint(strength, mixture) for strength in _STRENGTHS for mixture in _MIXTURES]
        points = tuple(dict.fromkeys([default, FitPoint(0.0, 0.0), *grid]))
        return cls(points, tuple(sorted({at_position(one.strength, one.mixture).gain for one in points})))

    def calibrate(
        self, told: ReferenceLogprobs, chunks: Sequence[int]
    ) -> tuple[Calibration, tuple[CurvePoint, ...]]:
        """What fits best, and what the strengths take at the default's mixture."""
        strengths = [at_position(one.strength, one.mixture) for one in self.all]
        columns = np.array([self.gains.index(one.gain) for one in strengths])
        weights = np.array([(one.mixture, one.insistence) for one in strengths])
        bits = bits_at(told, columns, weights[:, 0], weights[:, 1])
        shown = [at for at, one in enumerate(self.all) if at == 1 or one.mixture == self.all[0].mixture]
        taken = bits_per_token(bits, np.array(chunks), shown)
        curve = [CurvePoint(self.all[at].strength, one) for at, one in zip(shown, taken, strict=True)]
        found = calibrate(bits, np.array(chunks), default=0, alone=1)
        return found, tuple(sorted(curve, key=lambda one: one.strength))


class _Fit:
    """One fit: one thread, used once."""

    def __init__(
        self, model: ModelProcess, cloud: _Cloud, profile: Profile, chunks: Sequence[Chunk], cancel: CancelToken
    ) -> None:
        self._model = model
        self._cloud = cloud
        self._profile = profile
        self._chunks = chunks
        self._cancel = cancel
        usual = SteeringSettings()
        self._points = _Points.around(FitPoint(usual.strength, usual.mixture))
        self._product: list[FloatArray] = []
        self._local: list[float] = []
        self._insists: list[bool] = []
        self._chunk_of: list[int] = []

    def run(self, most: int, progress: ProgressCallback) -> FitResult:
        share = most // len(self._chunks)
        for number, chunk in enumerate(self._chunks):
            progress(Progress(_READING, number, len(self._chunks)))
            self._read(number, chunk, share)
        progress(Progress(_READING, len(self._chunks), len(self._chunks)))
        told = ReferenceLogprobs(np.array(self._product), np.array(self._local), np.array(self._insists))
        found, curve = self._points.calibrate(told, self._chunk_of)
        return FitResult(
            fitted=self._points.all[found.best],
            default=self._points.all[0],
            bits_cloud=found.alone,
            bits_default=found.default,
            bits_fitted=found.fitted,
            gain=found.gain,
            gain_low=found.low,
            gain_high=found.high,
            better=found.better,
            helped=found.helped,
            curve=curve,
            tokens=len(self._chunk_of),
            chunks=len(self._chunks),
            texts=len({one.source for one in self._chunks}),
            cloud=self._cloud.name,
            stand_in=bool(self._cloud.reason),
            stand_in_reason=self._cloud.reason,
        )

    def _read(self, number: int, chunk: Chunk, most: int) -> None:
        """Force the chunk's rest and note what each setting would have given to it."""
        messages: list[ChatMessage] = [{"role": "user", "content": _INSTRUCTION + chunk.opening}]
        others = others_than(chunk, self._chunks)
        branches = open_branches(self._model, messages, self._profile, others, self._cancel)
        cloud = self._open_cloud(messages)
        answer = self._model.tokenize(chunk.rest, False)[:most]
        for start in range(0, len(answer), _AT_ONCE):
            self._cancel.raise_if_cancelled()
            wanted = range(start, min(start + _AT_ONCE, len(answer)))
            local = branches.session.logits(answer[: wanted[-1]], wanted)
            theirs = cloud.logits(answer[: wanted[-1]], wanted)[:, 0] if cloud else local[:, -1]
            for at, row, told in zip(wanted, local, theirs, strict=True):
                position = _position(told[: row.shape[-1]])
                opinions = LogitsRow(row).opinions(position, 0.0)
                product, own, insists = reference_logprobs(opinions, answer[at], self._points.gains)
                self._product.append(product)
                self._local.append(own)
                self._insists.append(insists)
                self._chunk_of.append(number)

    def _open_cloud(self, messages: Sequence[ChatMessage]) -> LocalSession | None:
        process = self._cloud.process
        if process is None:
            return None
        return process.open(process.tokenize(render_local(process, messages, self._cancel)), cancel=self._cancel)


def _position(logits: Float32Array) -> CloudPosition:
    """What an endpoint would tell of a position whose logits, shape (V,), are known."""
    best = np.argpartition(-logits, _TOLD)[:_TOLD] if len(logits) > _TOLD else np.arange(len(logits))
    top = best[np.argsort(-logits[best], kind="stable")].astype(np.int64)
    peak = float(logits.max())
    norm = peak + float(np.log(np.exp(logits - peak).sum(dtype=np.float64)))
    return CloudPosition(int(top[0]), top, logits[top].astype(np.float64) - norm)
