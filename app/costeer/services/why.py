"""Why did it say that: which line of the private context a word of an answer comes from.

The traces tell how far each signal moved a token. Which single line is behind it, the local model is asked: how
likely the word is with everything that it was shown, less how likely it is with one line hidden
(`local.knockout`), in nats. What was shown is known by its marks in the answer's figures; the texts are those of
the profile, documents and messages as they are now: a line that was changed since is measured as it is now, and
says so.

Nothing of this is sent. One answer costs the reading of one prompt, kept for the next word of the same answer, and
a few tokens a line.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, ModelError, PromptTooLong
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.translatable import Translatable
from costeer.local.process import ModelProcess
from costeer.personalization.private_prompt import (
    AsShown,
    PartKind,
    PrivatePart,
    PrivatePrompt,
    as_it_is,
    fit_private_prompt,
    private_parts,
)
from costeer.personalization.private_words import words
from costeer.personalization.profile import Profile
from costeer.services.answers.branches import prepare_local, private_budget, render_local
from costeer.services.answers.prompts import (
    ChatMessage,
    PublicPrompt,
    about_user,
    fit_public_prompt,
    public_messages,
)
from costeer.services.answers.sketch import with_sketch
from costeer.services.disclosure.placeholders import forms_in, replaced_messages
from costeer.services.disclosure.service import DisclosureService
from costeer.services.documents.service import DocumentService
from costeer.services.library import ConversationLibrary
from costeer.services.local_model import LocalModelService
from costeer.services.profile import ProfileService
from costeer.services.why_spans import Said, first_said, spans_of, tokens_before, word_around
from costeer.steering.trace import TokenTrace
from costeer.storage.records import AnswerFigures, Memory, Message, ProfileEntry

log = logging.getLogger(__name__)

TAIL = 2
"""Tokens before the word from which a line is hidden too. More say the same (docs/why.md)."""

MOST_TARGETS = 24
"""Tokens of a span that are asked about; of a longer one its beginning."""

_ASKING = Translatable("Asking the local model")

_PUBLIC_WINDOWS = (512, 1024)
"""Tokens of the public conversation: the newest turns that fit; the second is for questions longer than that."""

_MOST_BEFORE = 200
"""Messages before the answer whose documents are looked at."""

Kept = TypeVar("Kept", ProfileEntry, Memory)

Retrieve = Callable[[Sequence[Message]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Cause:
    """A line that the local model was shown.

    `id` is of the profile entry or memory, empty for passages and messages. `nats` says how much likelier the line
    made the words; None where it could only be said that it was there. `changed`: its text is not what it was when
    the answer was written.
    """

    kind: PartKind
    id: str
    text: str
    nats: float | None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of the tokens `first` to `last`, `text`. `moved` says how far each signal pushed them, in nats.

    Where the same words stood in the answer before, their first occurrence was asked about: the later ones follow
    from it. `gone` counts lines that were shown and are no longer there. `recorded` is False for answers of which
    it is not known what was shown: then the present profile stands in.
    """

    first: int
    last: int
    text: str
    moved: Mapping[str, float]
    causes: tuple[Cause, ...] = ()
    gone: int = 0
    recorded: bool = True


class WhyService:
    """Any thread. `retrieve` finds what the user wrote elsewhere, for the thread that ends with a question."""

    def __init__(
        self,
        library: ConversationLibrary,
        profile: ProfileService,
        documents: DocumentService,
        models: LocalModelService,
        retrieve: Retrieve,
        disclosures: DisclosureService,
    ) -> None:
        self._disclosures = disclosures
        self._library = library
        self._profile = profile
        self._documents = documents
        self._models = models
        self._retrieve = retrieve

    def word(self, message_id: str, token: int) -> tuple[int, int]:
        """The first and the last token of the word that a token of the answer is of."""
        return word_around(self._traces(message_id), token)

    def most_moved(self, message_id: str, most: int = 5) -> list[tuple[int, int]]:
        """The words, as (first, last), into which steering put the most, in their order; at most `most`."""
        traces = self._traces(message_id)
        found: dict[tuple[int, int], float] = {}
        for at, one in enumerate(traces):
            if one.changed and one.displayed.strip():
                word = word_around(traces, at)
                found[word] = sum(sum(each.moved.values()) for each in traces[word[0] : word[1] + 1])
        return sorted(sorted(found, key=lambda word: -found[word])[:most])

    def of(
        self,
        message_id: str,
        first: int,
        last: int,
        cancel: CancelToken | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> Explanation:
        """What made the tokens `first` to `last` of an answer likelier, the most first.

        Raises BadInput for tokens that are not there, LocalModelLost, StorageError, Cancelled.
        """
        cancel = cancel or CancelToken()
        traces = self._traces(message_id)
        if not 0 <= first <= last < len(traces):
            raise BadInput("The answer has {count} tokens; choose some of them.", count=len(traces))
        figures = self._library.figures(message_id) or AnswerFigures()
        moved: dict[str, float] = {}
        for trace in traces[first : last + 1]:
            for signal, nats in trace.moved.items():
                moved[signal] = moved.get(signal, 0.0) + nats
        said = Said(first, last, "".join(one.displayed for one in traces[first : last + 1]))
        found = Explanation(first, last, said.text, MappingProxyType(moved))
        if not figures.signals:  # nothing private was shown
            return found
        thread = self._before(message_id)
        shown = self._still_there(thread, figures)
        if not shown.prompt_parts:
            return dataclasses.replace(found, gone=shown.gone, recorded=shown.recorded)
        said = first_said(traces, said, shown.words)
        public = self._public(thread, figures)
        if figures.tier != "D":  # else this computer alone read it, as it is
            named = self._disclosures.nameable(one.text for one in shown.prompt_parts)
            decided = self._disclosures.replacements(thread[-1].conversation)
            stand_ins = decided.with_more(named, (form for one in public for form in forms_in(one["content"])))
            public = replaced_messages(public, decided)
            shown = dataclasses.replace(shown, as_shown=stand_ins.replaced)
        measured = self._measured(public, shown, traces, said, cancel, progress)
        causes = [
            Cause(one.kind, one.id, one.text, value, shown.recorded and one.mark not in shown.marks)
            for one, value in zip(shown.prompt_parts, measured, strict=True)
        ]
        causes.sort(key=lambda one: -(one.nats or 0.0))
        return dataclasses.replace(
            found, first=said.first, last=said.last, causes=tuple(causes), gone=shown.gone, recorded=shown.recorded
        )

    def _traces(self, message_id: str) -> list[TokenTrace]:
        if self._library.message(message_id).role != "assistant":
            raise BadInput("Only answers have reasons that can be told; choose an answer.")
        return self._library.traces(message_id)

    def _before(self, message_id: str) -> list[Message]:
        """The branch that leads to the answer, at most its end; the last is the question."""
        found: list[Message] = []
        parent = self._library.message(message_id).parent
        while parent is not None and len(found) < _MOST_BEFORE:
            found.append(self._library.message(parent))
            parent = found[-1].parent
        return found[::-1]

    def _still_there(self, thread: Sequence[Message], figures: AnswerFigures) -> _Shown:
        """The lines that the answer was shown, as they are now."""
        marks = frozenset(figures.shown)
        questions = [one for one in thread if one.role == "user"]
        passages = self._documents.private_passages(questions)
        if not marks:
            parts = private_parts(self._profile.current(), (), passages)
            return _Shown(tuple(parts), marks, recorded=False)
        ids = {one.partition(":")[0] for one in marks}
        entries = [_in_use(one) for one in self._profile.entries() if one.id in ids]
        memories = [_in_use(one) for one in self._profile.memories() if one.id in ids]
        retrieved = self._retrieve(thread) if "" in ids else ()
        known = private_parts(Profile.of(entries, memories), retrieved, passages)
        parts = [one for one in known if one.id or one.mark in marks]
        there = {one.id or one.mark for one in parts}
        gone = sum((one.partition(":")[0] or one) not in there for one in marks)
        return _Shown(tuple(parts), marks, gone=gone)

    def _public(self, thread: Sequence[Message], figures: AnswerFigures) -> list[ChatMessage]:
        """The conversation as both local branches were shown it."""
        documents = self._documents.public_of([one for one in thread if one.role == "user"])
        messages = [*about_user(self._profile.sent()), *public_messages(thread, documents=documents)]
        return with_sketch(messages, figures.sketch) if figures.sketch else messages

    def _measured(
        self,
        messages: Sequence[ChatMessage],
        shown: _Shown,
        traces: Sequence[TokenTrace],
        said: Said,
        cancel: CancelToken,
        progress: ProgressCallback,
    ) -> list[float | None]:
        """How much likelier each line made what was said; None for all of them where that cannot be measured."""
        unknown: list[float | None] = [None] * len(shown.prompt_parts)
        with self._models.noticing(lambda _: None):
            model = self._models.ready(progress, cancel)
            progress(Progress(_ASKING, 0, len(unknown)))
            private = shown.prompt(model)
            prompt = _public_prompt(model, messages, cancel)
            if prompt is None:
                return unknown
            *before, question = prompt.messages
            asked: ChatMessage = {"role": "user", "content": private.before(question["content"])}
            tokens = model.tokenize(render_local(model, [*before, asked], cancel))
            spans = spans_of(tokens, model.describe().token_bytes, private.lines)
            if spans is None:
                return unknown
            answer, targets = tokens_before(model, traces, said, MOST_TARGETS)
            text = [*tokens, *answer][: model.knockout_limit]
            if len(text) < len(tokens) + len(answer):
                return unknown
            room = len(text) - targets - max(end for _, end in spans) - 1
            try:
                rows = model.knock_out(text, targets, spans, tail=min(TAIL, room), cancel=cancel)
            except ModelError as error:
                log.warning("what moved a word is not measured: %s", error.user_message)
                return unknown
            progress(Progress(_ASKING, len(unknown), len(unknown)))
        sums = rows.sum(axis=1)
        measured = dict(zip(private.parts, (sums[0] - sums[1:]).tolist(), strict=True))
        return [measured.get(one) for one in shown.prompt_parts]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What of the private context is still there. `marks` are those stored with the answer."""

    prompt_parts: tuple[PrivatePart, ...]
    marks: frozenset[str]
    gone: int = 0
    recorded: bool = True
    as_shown: AsShown = as_it_is

    @property
    def words(self) -> frozenset[str]:
        return frozenset(words("\n".join(one.text for one in self.prompt_parts)))

    def prompt(self, model: ModelProcess) -> PrivatePrompt:
        return fit_private_prompt(
            self.prompt_parts,
            lambda text: len(model.tokenize(text, False)),
            private_budget(model),
            self.as_shown,
        )


def _in_use(one: Kept) -> Kept:
    """As it was when it was shown: it may have been taken out of use since."""
    if isinstance(one, Memory):
        return dataclasses.replace(one, scope="local", state="approved")
    return dataclasses.replace(one, scope="local")


def _public_prompt(
    model: ModelProcess, messages: Sequence[ChatMessage], cancel: CancelToken
) -> PublicPrompt | None:
    """The newest turns; None where the question alone is too long to be read again for this."""
    for window in _PUBLIC_WINDOWS:
        try:
            return fit_public_prompt(messages, window, partial(prepare_local, model, cancel=cancel))
        except PromptTooLong:
            continue
    return None
