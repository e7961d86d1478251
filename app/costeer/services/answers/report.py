"""What an answer has cost and given away so far; one object counts it for the window and the command line."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass

from costeer.cloud.figures import CloudFigures
from costeer.personalization.private_words import GivenAway, words
from costeer.services.answers.prompts import PublicPrompt
from costeer.services.events import TrafficChanged
from costeer.services.options import AskOptions
from costeer.services.traffic import MessageTraffic
from costeer.steering.choice import Step
from costeer.steering.decoders.common import DecodeCounts
from costeer.steering.leak.meter import LeakMeter
from costeer.storage.records import AnswerFigures


@dataclass(frozen=True, slots=True)
class Bill:
    """What an endpoint may charge for, in tokens. See `AnswerFigures`."""

    endpoint: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    prompt_tokens: int = 0

    @classmethod
    def of(cls, endpoint: str, prompt_tokens: int, asked: Sequence[CloudFigures]) -> Bill:
        """Each round trip is a request, and each request holds the prompt."""
        sent = sum(prompt_tokens * one.round_trips + one.tokens_sent for one in asked)
        return cls(endpoint, sent, sum(one.positions for one in asked), prompt_tokens)


class AnswerReport:
    """Lives on the thread that decodes. `begun`: it is known what the answer is measured against."""

    def __init__(self, wire: MessageTraffic, options: AskOptions, before: AnswerFigures) -> None:
        """`before` are the figures of what is being continued; they are counted on from."""
        self._wire = wire
        self._wire_before = dataclasses.replace(wire)
        self._options = options
        self._before = before
        self._started = time.monotonic()
        self.begun = False
        self._tier = "A"
        self._signals: tuple[str, ...] = ()
        self._shown: tuple[str, ...] = ()
        self._given_away = GivenAway(set(), set())
        self._tokens = 0
        self._steered = 0
        self._sketch = before.sketch

    def begin(
        self,
        tier: str,
        signals: tuple[str, ...],
        private: Sequence[str],
        prompt: PublicPrompt,
        shown: tuple[str, ...] = (),
    ) -> None:
        """The preparations are over: what the answer will be measured against.

        `shown` are the marks of what the local model was shown.
        `private` are the user's own texts that the local model was shown.
        """
        self.begun = True
        self._tier = tier
        self._signals = signals
        self._shown = shown
        public = " ".join(one["content"] for one in prompt.messages)
        self._given_away = GivenAway(words("\n".join(private)), words(public))

    def sketched(self, sketch: str) -> None:
        """The cloud has answered, and this computer is about to write another answer from that."""
        self._sketch = sketch

    def add(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if not step.ends:
                self._tokens += 1
                self._steered += step.trace.changed
                self._given_away.add(step.trace.text, by_steering=step.trace.changed)

    def figures(
        self, counts: DecodeCounts, round_trips: int, written_by: str, bill: Bill, meter: LeakMeter | None
    ) -> AnswerFigures:
        """Of the whole answer, what was written before it was continued included."""
        before, wire, wire_before = self._before, self._wire, self._wire_before
        answer_budget, conversation_budget, ended = self._budgets(meter)
        return AnswerFigures(
            tokens=before.tokens + self._tokens,
            steered_tokens=before.steered_tokens + self._steered,
            round_trips=before.round_trips + round_trips,
            cloud_tokens=before.cloud_tokens + counts.cloud_positions,
            requests=before.requests + wire.requests - wire_before.requests,
            bytes_up=before.bytes_up + wire.bytes_up - wire_before.bytes_up,
            bytes_down=before.bytes_down + wire.bytes_down - wire_before.bytes_down,
            leak_bits=before.leak_bits + (max(0.0, meter.bits) if meter else 0.0),
            signals=tuple(dict.fromkeys((*before.signals, *self._signals))),
            tier=self._tier,
            seconds=before.seconds + time.monotonic() - self._started,
            strength=self._options.effective_strength,
            tokens_sent=max(before.tokens_sent, counts.tokens_sent),
            private_words=tuple(dict.fromkeys((*before.private_words, *self._given_away.found))),
            written_by=written_by or before.written_by,
            sketch=self._sketch,
            endpoint=bill.endpoint or before.endpoint,
            input_tokens=before.input_tokens + bill.input_tokens,
            output_tokens=before.output_tokens + bill.output_tokens,
            prompt_tokens=bill.prompt_tokens or before.prompt_tokens,
            shown=tuple(dict.fromkeys((*before.shown, *self._shown))),
            leak_budget=answer_budget,
            conversation_budget=conversation_budget,
            steering_ended=ended,
        )

    def _budgets(self, meter: LeakMeter | None) -> tuple[float, float, str]:
        """The answer's, the conversation's, and which of them ended steering. Where nothing is steered, an end
        that came before stays known, so that a later part of the answer does not pay for it again."""
        before, options = self._before, self._options
        if meter is None and before.steering_ended:
            return before.leak_budget, before.conversation_budget, before.steering_ended
        return options.answer_budget, options.conversation_budget, (meter.ended_by or "") if meter else ""


def as_traffic(figures: AnswerFigures) -> TrafficChanged:
    """What the window is told while the answer is written."""
    return TrafficChanged(
        requests=figures.requests,
        round_trips=figures.round_trips,
        bytes_up=figures.bytes_up,
        bytes_down=figures.bytes_down,
        tokens_sent=figures.tokens_sent,
        leak_bits=figures.leak_bits,
        leak_budget=figures.leak_budget,
        conversation_budget=figures.conversation_budget,
        steering_ended=figures.steering_ended,
        private_words=figures.private_words,
    )
