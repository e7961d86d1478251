"""Memories proposed after a chat: what the user said about themselves, for the user to approve, edit or refuse.

Rules find the clauses in which somebody tells something of their own (`personalization.remembering`); the local
model judges whether that is about the person or about the task at hand. Only what both find so is proposed, and
nothing that is proposed is used before it is approved. Nothing of this is sent. What the figures are is in
docs/memories.md.

Of a temporary conversation nothing is remembered.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.translatable import Translatable
from costeer.local.process import ModelProcess
from costeer.personalization.remembering import Candidate, candidates, same
from costeer.services.library import ConversationLibrary
from costeer.services.local_model import LocalModelService
from costeer.services.profile import ProfileService
from costeer.storage.records import Memory, MemoryState, Message

THRESHOLD = 1.0
"""Nats, of `Judge.score`; chosen for a precision of at least 0.9 with both models tried (docs/memories.md)."""

TELLS = 4.0
"""Nats that the words of lasting facts are worth."""

MOST_MESSAGES = 20
MOST_CANDIDATES = 24
"""Of the newest messages of a conversation; a judgement takes about a tenth of a second."""

_EXAMPLES = (
    "What a person writes tells something lasting about them (their life, family, health, habits, tastes: person) "
    "or is about the task or the moment (request).\n"
    '"I have a peanut allergy." -> person\n'
    '"I need a summary of this text." -> request\n'
    '"Mein Bruder wohnt in Bern." -> person\n'
    '"My printer does not work any more." -> request\n'
    '"No como carne." -> person\n'
    '"I am looking for a hotel for tonight." -> request\n'
    '"我的儿子叫小龙。" -> person\n'
    '"Je voudrais comprendre cette phrase." -> request\n'
    '"I studied law in Boston." -> person\n'
    '"I found a mistake in the last line." -> request\n'
    '"Je suis professeur de chimie." -> person\n'
    '"Mein Handy lädt nicht mehr." -> request\n'
    '"Me encanta el senderismo." -> person\n'
    '"Mi vuelo sale en una hora." -> request\n'
    '"I swim twice a week." -> person\n'
    '"I heard that tea is bad for the teeth." -> request\n'
    '"我喜欢爬山。" -> person\n'
    '"我的手机坏了。" -> request\n'
    '"Ich bin in Wien geboren." -> person\n'
    '"Ich finde den ersten Entwurf besser." -> request\n'
    '"J\'ai peur des araignées." -> person\n'
    '"J\'ai vu une erreur dans le texte." -> request\n'
    '"My favourite colour is green." -> person\n'
    '"I get an error message." -> request\n'
    '"Wir haben einen Garten." -> person\n'
    '"Tengo una pregunta." -> request\n'
    '"我每天喝茶。" -> person\n'
    '"我觉得第一个更好。" -> request\n'
)
_PERSON, _REQUEST = " person", " request"
_NOTHING = "..."


class Judge:
    """The local model's opinion of clauses. Beside the session that is open, whose cache it leaves alone."""

    def __init__(self, model: ModelProcess, cancel: CancelToken) -> None:
        self._model = model
        self._cancel = cancel
        self._person, self._request = model.tokenize(_PERSON, False), model.tokenize(_REQUEST, False)
        self._bias = self._log_odds(_NOTHING)

    def score(self, candidate: Candidate) -> float:
        """How much more it is about the person than nothing at all would be, in nats, with what its words say."""
        return self._log_odds(f"{candidate.text}.") - self._bias + TELLS * candidate.tells

    def _log_odds(self, text: str) -> float:
        asked = self._model.tokenize(f'{_EXAMPLES}"{text}" ->', False)

        def logprob(answer: Sequence[int]) -> float:
            told = self._model.knock_out([*asked, *answer], len(answer), [], tail=1, cancel=self._cancel)
            return float(told.sum())

        return logprob(self._person) - logprob(self._request)


_LOOKING = Translatable("Looking for what is worth remembering")


@dataclass(frozen=True, slots=True)
class _Found:
    candidate: Candidate
    message: Message


class MemoryService:
    """Any thread; one proposal at a time is the callers' business."""

    def __init__(self, library: ConversationLibrary, profile: ProfileService, models: LocalModelService) -> None:
        self._library = library
        self._profile = profile
        self._models = models

    def propose(
        self,
        conversation_id: str,
        cancel: CancelToken | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> builtins.list[Memory]:
        """Store, and return, what the user's messages in the active branch say that is not known yet.

        Waits while an answer is being written, and begins again when one is begun. Raises ModelError,
        LocalModelLost, StorageError, Cancelled.
        """
        if self._library.conversation(conversation_id).temporary:
            return []
        found = self._new(self._library.thread(conversation_id))
        if not found:
            return []

        def worth_it(model: ModelProcess, token: CancelToken) -> builtins.list[_Found]:
            judge = Judge(model, token)
            kept = []
            for number, one in enumerate(found):
                progress(Progress(_LOOKING, number, len(found)))
                if judge.score(one.candidate) >= THRESHOLD:
                    kept.append(one)
            return kept

        kept = self._models.in_spare_time(worth_it, cancel, progress)
        proposed = (self._profile.propose_memory(_sentence(one.candidate), one.message.id) for one in kept)
        return [one for one in proposed if one is not None]

    def list(self, state: MemoryState | None = None) -> builtins.list[Memory]:
        """The newest first; of one state, or all."""
        return [one for one in self._profile.memories() if state is None or one.state == state]

    def approve(self, memory_id: str, text: str | None = None) -> Memory:
        """From now on it is used on this computer; as `text`, where the user has put it differently."""
        return self._profile.change_memory(memory_id, text=text, state="approved")

    def refuse(self, memory_id: str) -> Memory:
        """It is not proposed again."""
        return self._profile.change_memory(memory_id, state="refused")

    def edit(self, memory_id: str, text: str) -> Memory:
        """Change the words; what it is used for stays."""
        return self._profile.change_memory(memory_id, text=text)

    def find(self, beginning: str) -> Memory:
        """The one whose id begins so. Raises BadInput when there is none, or more than one."""
        found = [one for one in self._profile.memories() if one.id.startswith(beginning)]
        if len(found) != 1:
            what = Translatable("no memory") if not found else Translatable("more than one memory")
            raise BadInput(
                "There is {what} whose id begins with {beginning!r}; `costeer profile memories` lists them.",
                what=what,
                beginning=beginning,
            )
        return found[0]

    def _new(self, thread: Sequence[Message]) -> builtins.list[_Found]:
        """Candidates of the newest messages that say something new, in their order. Messages from which something
        was taken before are left alone: in what words it is kept is the user's business since."""
        memories = self._profile.memories()
        taken = {one.origin for one in memories}
        known = [one.text for one in memories] + [one.text for one in self._profile.entries()]
        found: builtins.list[_Found] = []
        said = [one for one in thread if one.role == "user" and one.id not in taken][-MOST_MESSAGES:]
        for message in said:
            for candidate in candidates(message.text):
                if not same(candidate.text, known):
                    known.append(candidate.text)
                    found.append(_Found(candidate, message))
        return found[-MOST_CANDIDATES:]


def _sentence(candidate: Candidate) -> str:
    """With a capital and a full stop, as the user writes facts."""
    text = candidate.text
    return f"{text[0].upper()}{text[1:]}{'。' if candidate.language == 'zh' else '.'}"
