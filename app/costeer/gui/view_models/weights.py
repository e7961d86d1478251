"""The sliders of preferences, and their fit to the answers that the user chose."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from costeer.foundation.progress import Progress
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.long_work import LongWork
from costeer.personalization.principles import HEAVIEST
from costeer.services.dimensions import DimensionService, Weighed
from costeer.services.taste import FittedTaste, TasteService

SAVED_AFTER_MS = 400
"""A slider that is being dragged is saved once it rests."""


class WeightsViewModel(QObject):
    """`listed` when there are other preferences, `moved` when only weights are others; `removed` with what can be
    put back. Weights are kept a moment later, or with `flush`."""

    listed = Signal()
    moved = Signal()
    added = Signal(str)
    removed = Signal(object)
    fit_changed = Signal()
    failed = Signal(Exception)

    def __init__(
        self, dimensions: DimensionService, taste: TasteService, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._dimensions = dimensions
        self._taste = taste
        self._jobs = jobs
        self._work = LongWork(jobs, self)
        self._work.failed.connect(self.failed)
        self._work.changed.connect(self.fit_changed)
        self._unsaved: dict[str, float] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVED_AFTER_MS)
        self._timer.timeout.connect(self._save)
        self.weighed: tuple[Weighed, ...] = ()
        self.fitted: FittedTaste | None = None

    @property
    def fitting(self) -> bool:
        return self._work.running

    @property
    def progress(self) -> Progress | None:
        return self._work.progress

    def load(self) -> None:
        self.flush()
        job = self._jobs.run(self._dimensions.all)
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(self.failed)

    def weight_of(self, dimension_id: str) -> float:
        return next((one.weight for one in self.weighed if one.dimension.id == dimension_id), 0.0)

    def weigh(self, dimension_id: str, weight: float) -> None:
        self._weigh({dimension_id: min(HEAVIEST, max(0.0, weight))})

    def weigh_nothing(self) -> None:
        self._weigh({one.dimension.id: 0.0 for one in self.weighed if one.weight})

    def add(self, words: str) -> None:
        self._edit(lambda: self._dimensions.add(words).id, self.added.emit)

    def remove(self, dimension_id: str) -> None:
        self.flush()
        self._edit(lambda: self._dimensions.remove(dimension_id), self.removed.emit)

    def put_back(self, removed: Weighed) -> None:
        self._edit(lambda: self._dimensions.put_back(removed), lambda _: None)

    def fit(self) -> None:
        """Find out what the chosen answers say. Nothing is changed by it."""
        if not self.fitting:
            self.fitted = None
            self._work.begin(self._taste.fit, self._on_fitted)

    def use_fitted(self) -> None:
        """The sliders go where the fit says."""
        if self.fitted is not None:
            self._weigh({one.dimension.id: one.weight for one in self.fitted.weights})

    def stop(self) -> None:
        self._work.stop()

    def flush(self) -> None:
        """Keep now what would be kept soon."""
        if self._timer.isActive():
            self._timer.stop()
            self._save()

    def _weigh(self, weights: dict[str, float]) -> None:
        known = {one.dimension.id: one.weight for one in self.weighed}
        changed = {name: one for name, one in weights.items() if known.get(name, one) != one}
        if changed:
            self.weighed = tuple(
                dataclasses.replace(one, weight=changed.get(one.dimension.id, one.weight)) for one in self.weighed
            )
            self._unsaved |= changed
            self._timer.start()
            self.moved.emit()

    def _save(self) -> None:
        weights, self._unsaved = self._unsaved, {}
        self._jobs.run(lambda: self._dimensions.weigh(weights)).failed.connect(self.failed)

    def _edit(self, work: Callable[[], object], tell: Callable[..., None]) -> None:
        job = self._jobs.run(work)
        job.succeeded.connect(tell)
        job.failed.connect(self.failed)
        self.load()

    def _on_loaded(self, weighed: list[Weighed]) -> None:
        self.weighed = tuple(weighed)
        self.listed.emit()

    def _on_fitted(self, fitted: FittedTaste) -> None:
        self.fitted = fitted
