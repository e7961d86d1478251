"""What there is of one answer while it is being written, whoever writes it."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
from collections.abc import Iterator, Sequence

from costeer.cloud.client import OpenPrompt
from costeer.foundation.errors import BadInput
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.personalization.passages import tell_tales
from costeer.services.answers.allowance import open_meter, why_ended
from costeer.services.answers.prompts import PublicPrompt
from costeer.services.answers.report import AnswerReport, Bill, as_traffic
from costeer.services.answers.task import AnswerTask
from costeer.services.answers.tokenizers import Naming
from costeer.services.disclosure.placeholders import Filling
from costeer.services.events import AnswerEvent, NoticeRaised, PhaseChanged, TokensAppended
from costeer.steering.choice import Chooser, Step
from costeer.steering.decoders.common import DecodeCounts, Steps
from costeer.steering.leak.meter import LeakMeter
from costeer.steering.masks import StringMask
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.trace import TokenTrace
from costeer.steering.vocabulary import Vocabulary
from costeer.storage.records import AnswerFigures


class AnswerProgress:
    """The answer's length, its author and its figures. Lives on the thread that decodes."""

    def __init__(self, task: AnswerTask) -> None:
        self.counts = DecodeCounts()
        self.report = AnswerReport(task.traffic, task.options, task.before)
        self.notices: collections.deque[Translatable] = collections.deque()
        self.opened: list[OpenPrompt] = []
        self.endpoint = ""
        self.prompt_length = 0
        self.limit = 0
        self.chooser: Chooser | None = None
        self.meter: LeakMeter | None = None
        self._task = task
        self._written_by = ""
        self._continued = len(task.journal.tokens)
        self._ended = False
        self._fills = task.stand_ins.fills
        self._filling = Filling(self._fills, task.journal.said)
        self._said = False

    def figures(self) -> AnswerFigures:
        """What the answer has taken so far. To the waits that the decoder counts come those of which only the
        client knows: single positions that a server withholds."""
        inside = sum(one.figures.round_trips for one in self.opened) - self.counts.requests
        round_trips = self.counts.round_trips + max(0, inside)
        bill = Bill.of(self.endpoint, self.prompt_length, [one.figures for one in self.opened])
        return self.report.figures(self.counts, round_trips, self._written_by, bill, self.meter)

    @property
    def unfinished(self) -> Translatable:
        """Why an answer that was not interrupted has no end, in one sentence; empty when it has one."""
        if not self._task.journal.tokens:
            return Translatable("The model ended its answer before the first word; ask in another way.")
        if self._ended or len(self._task.journal.tokens) < self.limit:
            return NOTHING
        return Translatable(
            "The answer reached its limit of {count} tokens; continue it for more.", count=self.limit
        )

    def noticed(self) -> Iterator[AnswerEvent]:
        while self.notices:
            yield NoticeRaised(self.notices.popleft())

    def write_as(self, identity: str) -> None:
        """From now on the answer's ids are those of `identity`; refuse to continue another's."""
        before = self._written_by or self._task.before.written_by
        if self._task.journal.tokens and before and before != identity:
            raise BadInput(
                "This answer was begun by {before} and cannot be continued by {identity}; regenerate it instead.",
                before=before,
                identity=identity,
            )
        if identity != before:
            self._written_by = identity
            self.remember()

    def remember(self) -> None:
        """Store the figures now, before what follows is written."""
        self._task.remember(self.figures())

    def begin_steering(self) -> bool:
        """What is told from now on counts. False where a budget leaves nothing for it; the user hears of that."""
        self.meter = open_meter(self._task.options, self._task.before, self._task.others)
        return self.may_steer()

    def may_steer(self) -> bool:
        """Whether steering has not ended. Where it has, the answer says why, once."""
        ended_by = self.meter.ended_by if self.meter is not None else None
        if ended_by is not None and not self._said and not self._task.before.steering_ended:
            self.notices.append(why_ended(ended_by))
            self._said = True
        return ended_by is None

    @property
    def ended(self) -> bool:
        """Whether the answer has come to its end."""
        return self._ended or len(self._task.journal.tokens) >= self.limit

    def set_limit(self, room: int) -> None:
        """The greatest length of this answer: what was written before is continued, not counted again."""
        self.limit = min(self._continued + self._task.options.max_tokens, max(0, room))

    def new_chooser(
        self,
        vocabulary: Vocabulary,
        prompt: PublicPrompt,
        naming: Naming | None = None,
        *,
        draws: bool = True,
        masked: bool = True,
    ) -> Chooser:
        """Chooses behind what the answer has already. `draws` is whether the cloud draws by a known law; nothing
        need be `masked` of what is not sent."""
        journal = self._task.journal
        answer: Sequence[int] = naming.answer if naming else journal.tokens
        if naming is None and isinstance(vocabulary, PieceVocabulary):
            answer = vocabulary.continued(len(journal.tokens))
        policy = self._task.options.policy_where(draws=draws)
        self.chooser = Chooser(
            naming.policy(policy) if naming else policy,
            vocabulary,
            chance=self._task.options.chance,
            mask=self._mask(prompt) if masked else None,
            answer=answer,
            written=vocabulary.join(answer) if len(vocabulary) else journal.said.encode(),
            meter=self.meter,
        )
        return self.chooser

    def _mask(self, prompt: PublicPrompt) -> StringMask:
        return StringMask(
            (*self._task.private_strings, *self._task.looked_up, *self._passage_sentences()),
            public="\n".join(one["content"] for one in prompt.messages),
        )

    def _passage_sentences(self) -> Iterator[str]:
        for _, text in self._task.passages:
            yield from tell_tales(text)

    def tell(self, decoding: Steps) -> Iterator[AnswerEvent]:
        """Journal the steps and turn them into events. Cancel is looked at between steps."""
        first = True
        with contextlib.closing(decoding) as all_steps:
            for steps in all_steps:
                self._task.cancel.raise_if_cancelled()
                if first and not self._task.options.offline:
                    yield PhaseChanged("steering")
                    first = False
                yield from self._keep(steps)

    def _keep(self, steps: list[Step]) -> Iterator[AnswerEvent]:
        traces = tuple(self._as_shown(one.trace) for one in steps if not one.ends)
        self._ended = any(one.ends for one in steps)
        text = "".join(one.displayed for one in traces) + (self._filling.rest() if self._ended else "")
        self.report.add(steps)
        figures = self.figures()
        self._task.journal.add(traces, text, figures)
        yield TokensAppended(self._task.message_id, traces, text)
        yield as_traffic(figures)

    def _as_shown(self, trace: TokenTrace) -> TokenTrace:
        """With what the user sees of it; a placeholder that was filled in for the first time stands for its text
        in this conversation from now on."""
        known = len(self._filling.used)
        shown = self._filling.add(trace.text)
        for stands_for in self._filling.used[known:]:
            self._task.disclose(self._fills[stands_for], stands_for)
        return trace if shown == trace.text else dataclasses.replace(trace, shown=shown)
