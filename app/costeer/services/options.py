"""How an answer is wanted."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from costeer.foundation.errors import BadInput
from costeer.foundation.ranges import check_ranges
from costeer.foundation.settings import DecoderName, SteeringSettings, WhenFound
from costeer.foundation.translatable import Translatable, translatable
from costeer.personalization.principles import active
from costeer.personalization.profile import Profile
from costeer.privacy.ledger import Purpose
from costeer.steering.chance import Chance, SecretChance, SeededChance
from costeer.steering.leak.budget import LEAST_BUDGET
from costeer.steering.policy import CONTEXT, MIXTURE, PERSONAL, Policy, Sampling
from costeer.steering.strength import (
    DEFAULT,
    GREEDY_PLAUSIBILITY,
    SAMPLED_PLAUSIBILITY,
    STRONGEST,
    SURE,
    Strength,
    at_position,
)

_MOST_TOKENS = 8192
_MOST_PREFETCH = 8.0
_NO_BUDGET = translatable(
    "A leak budget of {bits:g} bits cannot be kept; choose {least:g} to {most:g}, or 0 for no bound."
)
_LARGEST_SEED = 2**32 - 2  # the next larger one means "any" to llama.cpp

MOST_MIXTURE = 0.9
MOST_BUDGET = 100_000.0
"""Bits."""

STRONGEST_GAIN = 4.0
"""Of one signal, as a factor on the strength."""


@dataclass(frozen=True, slots=True)
class AskOptions:
    """`strength` is the slider's position; 0 or `enabled=False` is the cloud's own answer.

    `sampling` says who draws when the temperature is above 0: this computer ("quiet"), or the cloud, whose draws
    are accepted or refused ("fast"). `prefetch` is how many extra cloud tokens per token of the answer may be
    spent on branches that are asked for beforehand. `gains` are factors on the strength of single signals, by
    name; what is not named counts once.

    With a `seed` an answer with a temperature can be made again. Then others may know its draws too, and the leak
    meter counts it like a greedy one, unless `seed_is_secret`. Without, nobody can guess them.

    `when_found` says what happens with a private text in what is about to be sent, where no choice is remembered:
    "ask" lets the answer wait for a reply (`disclosure.asking`), which whoever asks so must give.

    `answer_budget` and `conversation_budget` are the leak bits that the answer, and with it its conversation, may
    cost: steering fades as they are used up, and then ends. 0 is any number.

    `preferences` are weights of dimensions (`personalization.principles`), by id; those that are not named weigh
    nothing. They count beside the strength, and are off with `enabled`.

    `personal` is how much the personal model counts beside the cloud, as the gain of a signal. Answers of this
    computer alone are always the personal model's, where there is one. With `personal_context` it is the local
    model that sees the context: strength and mixture are of what it says, and the gain only turns it on.

    `profile` replaces the stored one for this answer only. `history` shows the local model the user's messages
    in other conversations that resemble the question; `shown` are texts that it is shown instead, and the personal
    model beside a cloud too. `offline` answers with the local model alone. `purpose` is what the ledger says that
    the answer was asked for.
    """

    enabled: bool = True
    strength: float = DEFAULT
    mixture: float = 0.15
    decoder: DecoderName = "lookahead"
    temperature: float = 0.0
    top_p: float = 1.0
    sampling: Sampling = "quiet"
    prefetch: float = 0.0
    max_tokens: int = 512
    seed: int | None = None
    seed_is_secret: bool = False
    history: bool = False
    answer_budget: float = 0.0
    conversation_budget: float = 0.0
    offline: bool = False
    profile: Profile | None = None
    when_found: WhenFound = "replace"
    gains: Mapping[str, float] = field(default_factory=dict)
    preferences: Mapping[str, float] = field(default_factory=dict)
    personal: float = 0.0
    personal_context: bool = False
    shown: tuple[str, ...] = ()
    purpose: Purpose = "answer"

    @classmethod
    def from_settings(cls, steering: SteeringSettings) -> AskOptions:
        return cls(
            enabled=steering.enabled,
            strength=steering.strength,
            mixture=steering.mixture,
            decoder=steering.decoder,
            temperature=steering.temperature,
            top_p=steering.top_p,
            sampling=steering.sampling,
            prefetch=steering.prefetch,
            max_tokens=steering.max_tokens,
            history=steering.history,
            answer_budget=steering.answer_budget,
            conversation_budget=steering.conversation_budget,
        )

    def check(self) -> None:
        """Raise BadInput, naming the option and its range, when a value cannot be used."""
        check_ranges(
            (
                (Translatable("strength"), self.strength, 0.0, STRONGEST),
                (Translatable("mixture"), self.mixture, 0.0, MOST_MIXTURE),
                (Translatable("temperature"), self.temperature, 0.0, 2.0),
                (Translatable("top p"), self.top_p, 0.01, 1.0),
                (Translatable("prefetch"), self.prefetch, 0.0, _MOST_PREFETCH),
                (Translatable("max tokens"), self.max_tokens, 1, _MOST_TOKENS),
                (Translatable("seed"), self.seed or 0, 0, _LARGEST_SEED),
            )
        )
        for signal, gain in self.gains.items():
            if not 0.0 <= gain <= STRONGEST_GAIN:
                raise BadInput(
                    "The gain {gain} of {signal} is outside 0.0 to {most}; choose one inside.",
                    gain=gain,
                    signal=signal,
                    most=STRONGEST_GAIN,
                )
        active(self.preferences)
        if not 0.0 <= self.personal <= STRONGEST_GAIN:
            raise BadInput(
                "The gain {gain} of {signal} is outside 0.0 to {most}; choose one inside.",
                gain=self.personal,
                signal=PERSONAL,
                most=STRONGEST_GAIN,
            )
        for bits in (self.answer_budget, self.conversation_budget):
            if bits != 0.0 and not LEAST_BUDGET <= bits <= MOST_BUDGET:
                raise BadInput(_NO_BUDGET, bits=bits, least=LEAST_BUDGET, most=MOST_BUDGET)
        if self.decoder not in ("lookahead", "token"):
            raise BadInput("There is no decoder {decoder!r}; choose lookahead or token.", decoder=self.decoder)
        if self.when_found not in ("ask", "replace", "refuse"):
            raise BadInput(
                "There is no way {way!r} with private texts; choose ask, replace or refuse.", way=self.when_found
            )
        if self.sampling not in ("quiet", "fast"):
            raise BadInput("There is no sampling {sampling!r}; choose quiet or fast.", sampling=self.sampling)

    @property
    def effective_strength(self) -> float:
        """The gain that counts: 0 when steering is off."""
        return self.strength if self.enabled else 0.0

    @property
    def rewards(self) -> tuple[tuple[str, float], ...]:
        """The preferences that count, by id."""
        return active(self.preferences) if self.enabled else ()

    @property
    def personal_gain(self) -> float:
        """How much the personal model counts: 0 when steering is off."""
        return self.personal if self.enabled else 0.0

    @property
    def chance(self) -> Chance:
        """This computer's draws. The cloud is not told of them: see `cloud_seed`."""
        return SecretChance() if self.seed is None else SeededChance(self.seed, known=not self.seed_is_secret)

    @property
    def cloud_seed(self) -> int:
        """For the cloud's own draws: sent, so it says nothing of this computer's."""
        if self.seed is None:
            return secrets.randbelow(_LARGEST_SEED)
        return int.from_bytes(hashlib.sha256(f"cloud {self.seed}".encode()).digest()[:8]) % _LARGEST_SEED

    def policy_where(self, *, draws: bool) -> Policy:
        """`policy` for an endpoint that can, or cannot, draw from exactly the alternatives that it tells."""
        return self.policy if draws else dataclasses.replace(self.policy, sampling="quiet")

    @property
    def policy(self) -> Policy:
        strength = at_position(self.strength, self.mixture) if self.enabled else Strength(0.0, 0.0)
        own_words = self.gains.get(MIXTURE, 1.0)
        strength = Strength(
            strength.gain * self.gains.get(CONTEXT, 1.0),
            min(MOST_MIXTURE, strength.mixture * own_words),
            strength.insistence * min(1.0, own_words),
        )
        policy = Policy.at(
            strength,
            self.temperature,
            self.top_p,
            plausibility=SAMPLED_PLAUSIBILITY if self.temperature > 0.0 else GREEDY_PLAUSIBILITY,
            sure=SURE,
            sampling=self.sampling,
        ).rewarding(self.rewards)
        own_signal = self.personal_gain and not self.personal_context
        return policy.with_personal(self.personal_gain) if own_signal else policy
