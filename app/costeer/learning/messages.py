"""What crosses the pipe between the application and the training process, and what a training is.

Examples come as token ids, made by the local model's own tokenizer and chat template, and only through the pipe:
nothing of what the user wrote is put on the disk for training. What a training keeps there, to go on after a kill,
are weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from costeer.foundation.errors import CoSteerError
from costeer.privacy.sealable_file import SealableFile


@dataclass(frozen=True, slots=True)
class Example:
    """A preference: of two answers to a prompt, `chosen` is the better. Token ids; answers end with the end token
    where they were written to their end."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """An answer to a prompt that is to become likelier. Token ids, with the end token where it is whole."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """`targets` are llama.cpp's names of the adapted weights in each layer, without "blk.N." and ".weight"."""

    rank: int = 8
    alpha: float = 16.0
    targets: tuple[str, ...] = ("attn_q", "attn_k", "attn_v", "attn_output")


@dataclass(frozen=True, slots=True)
class DpoSettings:
    """`beta` of the DPO objective, per nat; `per_step` pairs are averaged before the weights move; the learning
    rate grows over the first `warm_up` of all steps and then falls to zero in a straight line.

    Of the examples so many neighbours as `together` says stay in one step: the same two answers under opposite
    principles, for one. What they say of the answers themselves cancels out then, and what remains is what they
    say of the principles; drawn apart, they push the weights to and fro.
    """

    lora: LoraSettings = LoraSettings()
    beta: float = 0.1
    learning_rate: float = 5e-4
    epochs: int = 1
    per_step: int = 4
    together: int = 2
    warm_up: float = 0.1
    most_tokens: int = 256
    """Of prompt and answer together; longer answers are cut."""
    seed: int = 7


@dataclass(frozen=True, slots=True)
class SftSettings:
    """Supervised fine-tuning: the texts themselves become likelier. As for `DpoSettings`; rank 8 on q and v is the
    public recipe for personal models of this size (CDCDA-PLM, arXiv 2508.21313). Training ends before its last
    epoch when the texts that are held out have not become likelier in one."""

    lora: LoraSettings = LoraSettings(targets=("attn_q", "attn_v"))
    learning_rate: float = 5e-4
    epochs: int = 6
    per_step: int = 2
    together: int = 1
    warm_up: float = 0.1
    most_tokens: int = 512
    seed: int = 7


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """`adapter` is written in the end; `folder` is kept by the training until it is done, and what it puts there
    is sealed as the adapter is. `threads` is the number of CPU threads, `most_memory` the
    bytes that the process may take; None is no bound.

    Examples are preferences for DpoSettings and texts for SftSettings; `held_out` are texts that only tell when to
    end.
    """

    model_file: Path
    adapter: SealableFile
    folder: Path
    examples: tuple[Example, ...] | tuple[Text, ...]
    settings: DpoSettings | SftSettings
    threads: int
    most_memory: int | None = None
    held_out: tuple[Text, ...] = ()

    @property
    def digest(self) -> str:
        """The same for what would compute the same: a checkpoint of another is not continued."""
        model = self.model_file.name, self.model_file.stat().st_size
        told = (*model, type(self.settings).__name__, astuple(self.settings), self.examples, self.held_out)
        return hashlib.sha256(repr(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Advanced:
    """After `step` of `steps`. `loss` in nats (a token, for texts) and, for preferences, `accuracy` (the share of
    pairs in which the adapter already prefers the chosen answer) are averages over the last few steps; `seconds`
    is computing time so far, `left` what it will probably still take.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    seconds: float
    left: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """`done` of `total` examples have been read by the model without adapter."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Trained:
    """The adapter is in its file. `memory` is the most bytes that the process had resident. `held_out`: nats a
    token of the texts held out, before the training and after each epoch; the adapter is that of the lowest."""

    seconds: float
    memory: int
    losses: tuple[float, ...]
    held_out: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """As it was told to. The same job goes on from where it was."""


@dataclass(frozen=True, slots=True)
class NotTrained:
    """It has ended without an adapter. `log` is for the log file and quotes no example."""

    error: CoSteerError
    log: tuple[str, ...] = ()


Report = Prepared | Advanced | Trained | Stopped | NotTrained

GO, PAUSE, STOP = "go", "pause", "stop"
"""What the application tells the training."""


def average(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
