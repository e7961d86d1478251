"""The adapters of one user of LaMP, as the application would train them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from costeer.evaluation.harness.task import Workbench
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import ProgressCallback
from costeer.learning.messages import SftSettings
from costeer.personalization.profile import Profile
from costeer.privacy.sealable_file import SealableFile
from costeer.services.personal.augmenting.plan import AugmentationPlan
from costeer.services.personal.training import FEWEST_WRITINGS, PersonalTraining, split
from costeer.services.training.adapters import AdapterShelf
from costeer.services.training.ground import Ground
from costeer.storage.records import Writing

More = Callable[[SealableFile | None], Sequence[Writing]]
"""Has more texts like the user's written, with the adapter that there is already."""


class UserAdapters:
    """Each is trained when it is first asked for. `more` is asked only for "augmented"."""

    def __init__(
        self,
        ground: Ground,
        settings: SftSettings,
        writings: Sequence[Writing],
        more: More,
    ) -> None:
        self._ground = ground
        self._settings = settings
        self._writings = list(writings)
        self._more = more
        self._trained: dict[str, SealableFile | None] = {}

    def adapter(self, method: str) -> SealableFile | None:
        """What the application would use after that: None where it has none, or where none passed the gate."""
        if method not in ("personal", "augmented") or len(self._writings) < FEWEST_WRITINGS:
            return None
        if method not in self._trained:
            first = self.adapter("personal") if method == "augmented" else None
            more = self._more(first) if method == "augmented" else ()
            training = PersonalTraining(self._ground, Profile(), self._settings)
            training.run(*split([*self._writings, *more]))
            used = self._ground.shelf.in_use("personal", self._ground.model_file)
            self._trained[method] = None if used is None else used.file
        return self._trained[method]


@contextlib.contextmanager
def own_shelf() -> Iterator[AdapterShelf]:
    """Of one user, and gone when the block ends."""
    key = os.urandom(32)
    with tempfile.TemporaryDirectory(prefix="costeer-personal-") as folder:
        yield AdapterShelf(Path(folder), lambda: key)


def more_like(
    workbench: Workbench,
    plan: AugmentationPlan,
    writings: Sequence[Writing],
    adapter: SealableFile | None,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> list[Writing]:
    """What the application keeps of what its cloud writes for a user who lets all samples be sent, where the way
    sends any. Raises KnownError, Cancelled."""
    with workbench.open_desktop() as desktop:
        desktop.personal.keep(writings)
        if adapter is not None:
            desktop.adapters.take_in("personal", workbench.local_model, adapter)
        preview = desktop.augmentation.preview(plan)
        desktop.augmentation.run(plan, preview.samples, progress, cancel)
        return [one for one in desktop.personal.used() if one.source == "synthetic"]
