"""Training a personal adapter for the local model, and finding out whether it has learnt how the user writes.

What counts is what llama.cpp computes of the exported adapter over texts of the user's own that were held out:
the bits that a token of them takes, with the adapter and without, behind the same prompt. An adapter is used only
where it takes fewer, clear of chance, and fewer than the one before.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np

from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.progress import Progress
from costeer.foundation.translatable import Translatable
from costeer.learning.messages import SftSettings, Text
from costeer.personalization.profile import Profile
from costeer.privacy.sealable_file import SealableFile
from costeer.services.personal.asking import PersonalPrompts
from costeer.services.training.adapters import Adapter
from costeer.services.training.ground import Ground
from costeer.steering.calibration import ratio_interval
from costeer.steering.types import FloatArray
from costeer.storage.records import Writing

FEWEST_WRITINGS = 8
"""Of the user's own, those that are held out included."""

HELD_OUT_SHARE = 0.25
_FEWEST_HELD_OUT = 3

_READING = Translatable("The local model reads what you wrote")
_TRYING = Translatable("Trying the adapter on texts that it has not seen")


@dataclass(frozen=True, slots=True)
class PersonalFigures:
    """Bits per token of the texts held out: of the local model without anything, with retrieval alone, and with
    retrieval and adapter. `gain` is what the adapter saves over retrieval alone, with its 95 % interval."""

    base: float
    retrieval: float
    personal: float
    gain: tuple[float, float, float]
    texts: int


@dataclass(frozen=True, slots=True)
class TrainedPersonal:
    """`before` are the bits per token with the adapter that was in use, None where there was none. `accepted`: the
    new one is in use now."""

    adapter: Adapter
    before: float | None
    after: PersonalFigures
    accepted: bool
    seconds: float
    memory: int
    held_out: tuple[float, ...]


def split(writings: Sequence[Writing]) -> tuple[list[Writing], list[Writing]]:
    """For training, and held out: of the user's own about a quarter, decided by each text itself, so that it stays
    where it is when others come and go. What a model wrote is never held out.

    Raises BadInput where there are too few.
    """
    own = [one for one in writings if one.source != "synthetic"]
    if len(own) < FEWEST_WRITINGS:
        raise BadInput(
            "There are {count} texts of yours and {least} are needed; choose more sources.",
            count=len(own),
            least=FEWEST_WRITINGS,
        )
    chance = {one.id: random.Random(f"held out {one.id}").random() for one in own}
    count = max(_FEWEST_HELD_OUT, round(HELD_OUT_SHARE * len(own)))
    held_out = sorted(own, key=lambda one: chance[one.id])[:count]
    kept_out = {one.id for one in held_out}
    return [one for one in writings if one.id not in kept_out], held_out


class PersonalTraining:
    """One training, used once."""

    def __init__(
        self,
        ground: Ground,
        profile: Profile,
        settings: SftSettings,
        known: Callable[[], Set[str]] | None = None,
    ) -> None:
        """`known` tells the ids of the texts that have not been forgotten."""
        self._ground = ground
        self._profile = profile
        self._settings = settings
        self._known = known

    def run(self, training: Sequence[Writing], held_out: Sequence[Writing]) -> TrainedPersonal:
        """Train, try, and use the adapter if it is better. What is retrieved is of `training`'s own texts alone.

        Raises KnownError, Cancelled. However it ends, nothing is left of what has learnt from a text that was
        forgotten meanwhile.
        """
        read = [one.id for one in (*training, *held_out)]
        with self._ground.shelf.alone("personal"):
            try:
                return self._run(training, held_out, read)
            finally:
                self._drop_forgotten(read)

    def _run(
        self, training: Sequence[Writing], held_out: Sequence[Writing], read: Sequence[str]
    ) -> TrainedPersonal:
        own = [one for one in training if one.source != "synthetic"]
        with PersonalPrompts(self._ground.model, self._profile, own) as prompts:
            examples = self._texts(training, prompts)
            tried = self._texts(held_out, prompts)
        with PersonalPrompts(self._ground.model, Profile(), (), retrieving=False) as prompts:
            bare = self._texts(held_out, prompts)
        version, file = self._ground.shelf.room_for("personal", self._ground.model_file)
        trained = self._ground.train("personal", examples, self._settings, file, _READING, tried)
        used = self._ground.shelf.in_use("personal", self._ground.model_file)
        before = None if used is None else _bits(self._read(tried, used.file))
        after = self._figures(bare, tried, file)
        told = {
            "base": after.base,
            "retrieval": after.retrieval,
            "personal": after.personal,
            "gain": after.gain[0],
        }
        self._refuse_forgotten(read)
        adapter = self._ground.shelf.add("personal", self._ground.model_file, version, told, read)
        self._ground.shelf.end_training("personal", self._ground.model_file)
        accepted = after.gain[1] > 0.0 and (before is None or after.personal < before)
        if accepted:
            self._ground.shelf.use("personal", self._ground.model_file, version)
        return TrainedPersonal(adapter, before, after, accepted, trained.seconds, trained.memory, trained.held_out)

    def _refuse_forgotten(self, read: Sequence[str]) -> None:
        """Raises KnownError where a text that was learnt from has been forgotten meanwhile."""
        if self._forgotten(read):
            raise KnownError("A text was forgotten while it was learnt from; train again without it.")

    def _drop_forgotten(self, read: Sequence[str]) -> None:
        """Forgetting has removed what there was then; a training goes on writing until it ends."""
        if forgotten := self._forgotten(read):
            self._ground.shelf.forget("personal", forgotten)

    def _forgotten(self, read: Sequence[str]) -> set[str]:
        return set() if self._known is None else set(read) - self._known()

    def _texts(self, writings: Sequence[Writing], prompts: PersonalPrompts) -> list[Text]:
        """As token ids of the local model; each behind its prompt, and with the end token."""
        end = min(self._ground.model.describe().end_tokens, default=None)
        texts = []
        for at, one in enumerate(writings):
            self._ground.cancel.raise_if_cancelled()
            answer = self._ground.model.tokenize(one.text, False)
            ended = (*answer, end) if end is not None else tuple(answer)
            texts.append(Text(tuple(prompts.tokens(one.prompt, self._ground.cancel, one)), ended))
            self._ground.progress(Progress(_READING, at + 1, len(writings)))
        return texts

    def _figures(self, bare: Sequence[Text], tried: Sequence[Text], adapter: SealableFile) -> PersonalFigures:
        base = self._read(bare, None)
        retrieval, personal = self._read(tried, None), self._read(tried, adapter)
        saved = retrieval[0] - personal[0]
        low, high = ratio_interval(saved, personal[1], 0)
        gain = float(saved.sum() / personal[1].sum())
        return PersonalFigures(_bits(base), _bits(retrieval), _bits(personal), (gain, low, high), len(tried))

    def _read(self, texts: Sequence[Text], adapter: SealableFile | None) -> tuple[FloatArray, FloatArray]:
        """The bits of each text, and its tokens; both (n,)."""
        bits = []
        for at, one in enumerate(texts):
            session = self._ground.model.open(one.prompt, adapters=(adapter,), cancel=self._ground.cancel)
            bits.append(-float(session.log_likelihoods(one.answer)[0]) / math.log(2.0))
            self._ground.progress(Progress(_TRYING, at + 1, len(texts)))
        return np.array(bits), np.array([float(len(one.answer)) for one in texts])


def _bits(read: tuple[FloatArray, FloatArray]) -> float:
    """Per token."""
    return float(read[0].sum() / read[1].sum())
