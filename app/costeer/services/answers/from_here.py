"""Answers that the local model writes with its own words: alone, or from the draft of a cloud that cannot be
steered. Nothing of what is written here is sent, neither now nor when the conversation goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from functools import partial

from costeer.foundation.errors import StreamBroken
from costeer.foundation.translatable import Translatable
from costeer.local.process import ModelProcess
from costeer.personalization.private_prompt import as_it_is
from costeer.services.answers.branches import open_branches, prepare_local, public_window
from costeer.services.answers.from_cloud import open_cloud
from costeer.services.answers.progress import AnswerProgress
from costeer.services.answers.prompts import PublicPrompt, fit_public_prompt
from costeer.services.answers.report import as_traffic
from costeer.services.answers.sketch import (
    CONTRAST,
    LONGEST_BYTES,
    LONGEST_SHARE,
    WHY_REWRITTEN,
    shortened,
    with_sketch,
)
from costeer.services.answers.task import THIS_COMPUTER, AnswerTask
from costeer.services.answers.tokenizers import local_vocabulary
from costeer.services.endpoints import Connection
from costeer.services.events import AnswerEvent, PhaseChanged
from costeer.steering.decoders.local_only import local_only
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.policy import CONTEXT, PERSONAL

_AT_ONCE = 64


class LocalAnswer:
    """Written by `model`; used once, on the caller's worker thread."""

    def __init__(self, task: AnswerTask, progress: AnswerProgress, model: ModelProcess) -> None:
        self._task = task
        self._progress = progress
        self._model = model
        self._prepare = partial(prepare_local, model, cancel=task.cancel)

    def alone(self) -> Iterator[AnswerEvent]:
        """Tier D: the local model with the private context, and no cloud."""
        self._write_as_this_computer()
        window = public_window(self._model)
        prompt = fit_public_prompt(self._task.own_messages, window, self._prepare)
        yield from self._write("D", prompt, prompt, window, alone=True)

    def rewritten(self, connection: Connection, prompt: PublicPrompt) -> Iterator[AnswerEvent]:
        """The cloud's own answer to `prompt` first, then the local model's, which is made from it."""
        self._write_as_this_computer()
        tier = connection.client.abilities.tier
        self._progress.notices.append(Translatable(WHY_REWRITTEN[tier], endpoint=connection.client.endpoint_name))
        window = public_window(self._model)
        most = window // LONGEST_SHARE
        sketch = yield from self._sketch(connection, prompt, most)
        sketch = shortened(sketch, lambda text: len(self._model.tokenize(text, False)), most)
        self._progress.report.sketched(sketch)
        self._progress.remember()  # before the first word of this computer's own: see ChatService
        shown = fit_public_prompt(with_sketch(prompt.messages, sketch), window, self._prepare)
        yield from self._write(tier, prompt, shown, window, contrast=CONTRAST * self._task.options.strength)

    def _write(
        self,
        tier: str,
        public: PublicPrompt,
        shown: PublicPrompt,
        window: int,
        *,
        contrast: float = 0.0,
        alone: bool = False,
    ) -> Iterator[AnswerEvent]:
        """The answer to `shown`; `public` is what the cloud was shown."""
        task, progress = self._task, self._progress
        personal = task.find_personal() if alone else None
        branches = open_branches(
            self._model,
            shown.messages,
            task.profile,
            task.retrieved,
            task.cancel,
            passages=task.passages,
            as_shown=as_it_is if alone else task.stand_ins.replaced,
            alone=alone,
            personal=personal,
        )
        vocabulary = local_vocabulary(self._model)
        signals = (CONTEXT,) if branches.private_text else ()
        signals = (*signals, PERSONAL) if personal else signals
        progress.report.begin(tier, signals, (), public, branches.shown)
        progress.set_limit(window - branches.public_length)
        yield PhaseChanged("local only")
        chooser = progress.new_chooser(vocabulary, public, masked=False)
        yield from progress.tell(local_only(branches.session, chooser, progress.limit, progress.counts, contrast))

    def _sketch(
        self, connection: Connection, prompt: PublicPrompt, most: int
    ) -> Generator[AnswerEvent, None, str]:
        """What the cloud answers to the public conversation. As much as came, when its connection breaks."""
        yield PhaseChanged("sketching")
        task, progress = self._task, self._progress
        pieces = PieceVocabulary(LocalStrings((), ()), ())
        opened = open_cloud(task, progress, connection, prompt, pieces=pieces)
        progress.counts.opened(())
        length = max(1, min(most, task.options.max_tokens, connection.window - prompt.length))
        policy, said = task.options.policy, b""
        with contextlib.closing(
            opened.plain_stream(
                (), length, temperature=policy.temperature, top_p=policy.top_p, seed=task.options.cloud_seed
            )
        ) as stream:
            try:
                while some := stream.take(_AT_ONCE):  # bounded by `length`
                    progress.counts.cloud_positions += len(some)
                    said += b"".join(one.token_bytes for one in some)
                    yield as_traffic(progress.figures())
                    if len(said) > LONGEST_BYTES:
                        break  # its tokens are whole pages: what follows would not be read anyway
            except StreamBroken as broken:
                if not said.strip():
                    raise
                progress.notices.append(Translatable("{problem} What came of it is used.", problem=broken.said))
        return said[:LONGEST_BYTES].decode("utf-8", "replace")

    def _write_as_this_computer(self) -> None:
        self._progress.write_as(f"{THIS_COMPUTER}{self._model.describe().name}")
