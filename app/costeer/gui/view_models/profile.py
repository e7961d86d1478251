"""The profile and the memories: read, edited, looked through, taken from files and written to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from costeer.gui.jobs import Job, Jobs
from costeer.gui.view_models.profile_sections import (
    SECTIONS,
    Entry,
    ProfileSectionModel,
    SectionName,
    SectionsHolder,
)
from costeer.personalization.labels import Label, with_label
from costeer.personalization.profile import Profile
from costeer.personalization.profile_file import read_profile, write_profile
from costeer.services.profile import ProfileService
from costeer.storage.records import Memory, ProfileEntry, Scope

__all__ = ["SECTIONS", "ProfileSectionModel", "ProfileViewModel", "SectionName"]


@dataclass(frozen=True, slots=True)
class _Everything:
    """`sent` is what the cloud is told of it."""

    entries: list[ProfileEntry]
    memories: list[Memory]
    sent: Profile


class ProfileViewModel(QObject):
    """Every edit is saved at once and the lists are read anew, so they show what is stored.

    `edited` after a successful edit, `loaded` after every reading, `removed` with an entry that `put_back` takes
    back, `said` with what came of a file, `revealed` with a section and an entry's id that are to be shown.
    """

    loaded = Signal()
    edited = Signal()
    removed = Signal(object)
    said = Signal(str)
    revealed = Signal(str, str)
    failed = Signal(Exception)

    def __init__(self, profile: ProfileService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._profile = profile
        self._jobs = jobs
        self._wanted: str | None = None
        self.lists = SectionsHolder(self)
        self.sections = self.lists.by_name

    @property
    def enabled_count(self) -> int:
        """How many entries the local model is shown."""
        return sum(one.used for model in self.sections.values() for one in model.all())

    @property
    def proposed_count(self) -> int:
        """Memories that wait to be approved or refused."""
        return self.sections["memory"].proposed

    def load(self) -> None:
        def read() -> _Everything:
            return _Everything(self._profile.entries(), self._profile.memories(), self._profile.sent())

        job = self._jobs.run(read)
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(self.failed)

    def search(self, typed: str) -> None:
        """Only what holds this is listed; nothing: all."""
        self.lists.search(typed)

    def reveal(self, entry_id: str) -> None:
        """Have an entry shown, once it has been read."""
        self._wanted = entry_id
        self.load()

    def add(self, section: SectionName, text: str, label: Label | None = None) -> None:
        whole = with_label(label, text)
        if section == "memory":
            self._edit(lambda: self._profile.add_memory(whole))
        else:
            self._edit(lambda: self._profile.add(section, whole))

    def rewrite(self, section: SectionName, entry_id: str, text: str, label: Label | None = None) -> None:
        """A proposed memory that is put into other words is approved with it."""
        whole = with_label(label, text)
        if section == "memory":
            self._edit(lambda: self._profile.change_memory(entry_id, text=whole, state="approved"))
        else:
            self._edit(lambda: self._profile.change(entry_id, text=whole))

    def set_scope(self, section: SectionName, entry_id: str, scope: Scope) -> None:
        if section == "memory":
            self._edit(lambda: self._profile.change_memory(entry_id, scope=scope))
        else:
            self._edit(lambda: self._profile.change(entry_id, scope=scope))

    def switch(self, section: SectionName, entry_id: str) -> None:
        """Out of use, or back to steering on this computer; never to what may be sent."""
        found = self.lists.find(entry_id)
        if found is not None:
            self.set_scope(section, entry_id, "local" if found[1].scope == "never" else "never")

    def approve(self, memory_id: str) -> None:
        self._edit(lambda: self._profile.change_memory(memory_id, state="approved"))

    def refuse(self, memory_id: str) -> None:
        self._edit(lambda: self._profile.change_memory(memory_id, state="refused"))

    def remove(self, section: SectionName, entry_id: str) -> None:
        found = self.lists.find(entry_id)
        remove = self._profile.remove_memory if section == "memory" else self._profile.remove
        job = self._edit(lambda: remove(entry_id))
        if found is not None:
            job.succeeded.connect(lambda _: self.removed.emit(found[1]))

    def put_back(self, entry: Entry) -> None:
        """Undo a removal: the same text, scope and origin, as a new entry."""
        profile = self._profile

        def restore() -> None:
            if isinstance(entry, ProfileEntry):
                profile.change(profile.add(entry.kind, entry.text).id, scope=entry.scope)
            else:
                memory = profile.propose_memory(entry.text, entry.origin)
                if memory is not None:
                    profile.change_memory(memory.id, scope=entry.scope, state=entry.state)

        self._edit(restore)

    def import_file(self, file: Path, *, replace: bool) -> None:
        """Take the entries of a profile file, in place of those there are or beside them. Memories are always
        added; what is there already is not added again."""

        def take() -> int:
            given = read_profile(file)
            if replace:
                self._profile.replace_all(given)
                return len(given.entries) + len(given.memories)
            known = {(one.kind, one.text) for one in self._profile.entries()}
            new = [one for one in given.entries if one not in known]
            for kind, text in new:
                self._profile.add(kind, text)
            remembered = {one.text for one in self._profile.memories()}
            memories = [one for one in given.memories if one not in remembered]
            for text in memories:
                self._profile.add_memory(text)
            return len(new) + len(memories)

        said = self.tr("Taken from {file}: {count}. They steer on this computer; change below what should not.")
        job = self._edit(take)
        job.succeeded.connect(lambda count: self.said.emit(said.format(file=file.name, count=count)))

    def export(self, file: Path) -> None:
        """All entries and all approved memories, in use or not; scopes are not in the file."""

        def write() -> None:
            entries = tuple((one.kind, one.text) for one in self._profile.entries())
            memories = tuple(one.text for one in self._profile.memories() if one.state == "approved")
            write_profile(Profile(entries, memories), file)

        job = self._jobs.run(write)
        said = self.tr("Your profile is in {file}, readable by anybody who opens it.").format(file=file)
        job.succeeded.connect(lambda _: self.said.emit(said))
        job.failed.connect(self.failed)

    def _edit(self, work: Callable[[], object]) -> Job:
        job = self._jobs.run(work)
        job.succeeded.connect(lambda _: self.edited.emit())
        job.failed.connect(self.failed)
        self.load()
        return job

    def _on_loaded(self, everything: _Everything) -> None:
        sent = everything.sent

        def is_withheld(one: Entry) -> bool:
            return one.text not in sent.private_strings

        for name, model in self.sections.items():
            if name == "memory":
                model.replace(everything.memories, is_withheld)
            else:
                model.replace([one for one in everything.entries if one.kind == name], is_withheld)
        self.lists.changed.emit()
        self.loaded.emit()
        wanted, self._wanted = self._wanted, None
        found = self.lists.find(wanted) if wanted else None
        if found is not None:
            self.revealed.emit(found[0], found[1].id)
