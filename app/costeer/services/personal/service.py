"""The personal model from the user's side: what it may learn from, training, forgetting, and answering with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import ProgressCallback
from costeer.foundation.ranges import check_ranges
from costeer.foundation.translatable import Translatable
from costeer.learning.extra import check_installed
from costeer.learning.messages import SftSettings
from costeer.learning.process import Pause
from costeer.services.answers.branches import Personal
from costeer.services.local_model import LocalModelService
from costeer.services.personal import sources
from costeer.services.personal.asking import SHOWN
from costeer.services.personal.training import PersonalTraining, TrainedPersonal, split
from costeer.services.personal.writings import usable, with_prompts
from costeer.services.preferences import PreferenceService
from costeer.services.profile import ProfileService
from costeer.services.training.adapters import Adapter, AdapterShelf
from costeer.services.training.ground import Ground
from costeer.storage.nearest import Nearest
from costeer.storage.records import StoredWriting, Writing, WritingState
from costeer.storage.repositories import ConversationRepository, WritingRepository

_MOST_CONVERSATIONS = 500
MOST_WRITINGS = 5000


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to look. `messages` are the user's own in this application, `edits` the answers that they rewrote."""

    messages: bool = False
    edits: bool = False
    documents: Sequence[Path] = ()
    mailboxes: Sequence[Path] = ()
    address: str = ""
    """Whose mails in the mailboxes are the user's."""
    chats: Sequence[Path] = ()
    lamp: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """`found` texts were usable, `added` of them are new; `left_out` say too little, or the same as others."""

    found: int
    added: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Ids of the texts that are gone, `made` of which had been made from the others and went with them, and the
    versions of adapters that had learnt from any."""

    texts: tuple[str, ...]
    made: int
    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PersonalPlan:
    """What is to be trained."""

    sft: SftSettings = field(default_factory=SftSettings)

    def check(self) -> None:
        """Raises BadInput, naming the value and its range."""
        check_ranges(
            (
                (Translatable("epochs"), self.sft.epochs, 1, 50),
                (Translatable("rank"), self.sft.lora.rank, 1, 128),
                (Translatable("learning rate"), self.sft.learning_rate, 1e-7, 1e-1),
            )
        )


class PersonalService:
    """Any thread; one training at a time is the callers' business. Nothing here is sent."""

    def __init__(
        self,
        repository: WritingRepository,
        conversations: ConversationRepository,
        preferences: PreferenceService,
        profile: ProfileService,
        models: LocalModelService,
        shelf: AdapterShelf,
        model_file: Callable[[], Path],
    ) -> None:
        self._repository = repository
        self._conversations = conversations
        self._preferences = preferences
        self._profile = profile
        self._models = models
        self._shelf = shelf
        self._model_file = model_file

    def gather(self, wanted: Sources, cancel: CancelToken | None = None) -> Gathered:
        """Read what is there and keep what is new. Raises BadInput, naming the file, and Cancelled; then nothing
        is added."""
        found: list[Writing] = []
        token = cancel or CancelToken()
        if wanted.messages:
            listed = self._conversations.list()[:_MOST_CONVERSATIONS]
            found += sources.from_messages(self._conversations.thread(one.id) for one in listed)
        if wanted.edits:
            found += sources.from_edits((asked, chosen) for asked, chosen, _ in self._preferences.pairs("edited"))
        found += sources.from_documents(wanted.documents)
        for file in wanted.mailboxes:
            token.raise_if_cancelled()
            found += sources.from_mailbox(file, wanted.address)
        for file in wanted.chats:
            found += sources.from_chats(file, token)
        for file in wanted.lamp:
            found += sources.from_lamp(file)
        known = [one.writing for one in self._repository.all()]
        kept = with_prompts(usable(found, known))
        if len(known) + len(kept) > MOST_WRITINGS:
            raise BadInput(
                "There are {count} texts and {most} are enough; choose fewer sources.",
                count=len(known) + len(kept),
                most=MOST_WRITINGS,
            )
        return Gathered(len(kept), self.keep(kept), len(found) - len(kept))

    def keep(self, writings: Sequence[Writing], state: WritingState = "used") -> int:
        """Learn from these too, or whatever `state` says; returns how many are new. What was made from a text that
        has been forgotten since is not kept."""
        known = {one.writing.id for one in self.all()}
        return self._repository.add([one for one in writings if known.issuperset(one.made_from)], state)

    def augmenting_alone(self) -> AbstractContextManager[None]:
        """No other program has texts written during the block. Raises KnownError where one does."""
        return self._shelf.alone("augmenting")

    def all(self) -> list[StoredWriting]:
        return self._repository.all()

    def used(self) -> list[Writing]:
        """What is learnt from."""
        return [one.writing for one in self.all() if one.state == "used"]

    def use(self, ids: Collection[str], used: bool) -> None:
        """Learn from these, or not: from the next training on."""
        self._repository.put(ids, "used" if used else "left out")

    def forget(self, ids: Collection[str]) -> Forgotten:
        """Remove texts, the texts that were made from one of them, and whatever has learnt from any of these, for
        whichever model. Training again gives an adapter that has never seen them."""
        chosen = dict.fromkeys(ids)
        made = [one.writing for one in self.all() if not chosen.keys().isdisjoint(one.writing.made_from)]
        texts = [*chosen, *(one.id for one in made if one.id not in chosen)]
        gone = self._shelf.forget("personal", texts)  # first: while that fails they are there to forget again
        self._repository.remove(texts)
        gone += self._shelf.forget("personal", texts)  # of a training that ended in between
        return Forgotten(tuple(texts), len(texts) - len(chosen), tuple(gone))

    def adapter(self) -> Adapter | None:
        """That of the local model in use."""
        return self._shelf.in_use("personal", self._model_file())

    def for_answer(self, question: str, shown: Sequence[str] = ()) -> Personal | None:
        """The personal model and what the user wrote that resembles `question`; None where there is no model. It
        reads all that the user wrote, so it is asked only where that is going to be shown. Where texts are `shown`
        anyway, it gets no others: they may be hidden from it on purpose."""
        adapter = self.adapter()
        if adapter is None:
            return None
        if shown:
            return Personal(adapter.file, ())
        own = [one for one in self.used() if one.source != "synthetic"]
        near = Nearest([f"{one.prompt}\n{one.text}" for one in own])
        try:
            return Personal(adapter.file, tuple(own[at].text for at in near.to(question, SHOWN)))
        finally:
            near.close()

    def train(
        self, plan: PersonalPlan, progress: ProgressCallback, cancel: CancelToken, pause: Pause | None = None
    ) -> TrainedPersonal:
        """Raises KnownError where the extra `training` is missing or there is too little, and as
        `PersonalTraining.run`."""
        plan.check()
        check_installed()
        training, held_out = split(self.used())
        model = self._models.ready(cancel=cancel)
        job = PersonalTraining(
            Ground(model, self._model_file(), self._shelf, progress, cancel, pause),
            self._profile.current(),
            plan.sft,
            lambda: {one.writing.id for one in self.all()},
        )
        return job.run(training, held_out)
