"""What an evaluation has to be, and what it is given.

A task reads rows, computes what its methods are worth on each, unit by unit through the store, and says what came
out. Everything else (the folder, resuming, intervals, tables, the page) is the harness's. The application stands
above this room, so a task gets at it by the `Workbench`, which the command line makes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from costeer.evaluation.harness.drawing import Chart
from costeer.evaluation.harness.observations import Line, Metric, Observation
from costeer.evaluation.harness.rows import Skipped
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import ProgressCallback
from costeer.foundation.run_store import Json, RunStore
from costeer.privacy.sealable_file import SealableFile
from costeer.services.audit import AuditService
from costeer.services.chat import ChatService
from costeer.services.endpoints import EndpointService
from costeer.services.local_model import LocalModelService
from costeer.services.personal.augmenting.service import AugmentationService
from costeer.services.personal.service import PersonalService
from costeer.services.profile import ProfileService
from costeer.services.training.adapters import AdapterShelf, Kind


@dataclass(frozen=True, slots=True)
class Option:
    """A task's own setting, `--name` on the command line. Its text is part of what a run is of, unless it only
    `extends` which units there are: then a run goes on when more is asked for."""

    name: str
    default: str
    help: str
    extends: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `methods` are names of the task's, all of them where none was named; `data` is None
    where the task makes its rows itself; `options` has every option of the task."""

    data: Path | None
    methods: tuple[str, ...]
    limit: int | None
    seed: int
    options: Mapping[str, str]


class Desktop(Protocol):
    """The whole application over an empty data folder."""

    @property
    def chat(self) -> ChatService: ...
    @property
    def audit(self) -> AuditService: ...
    @property
    def profile(self) -> ProfileService: ...
    @property
    def models(self) -> LocalModelService: ...
    @property
    def endpoints(self) -> EndpointService: ...
    @property
    def personal(self) -> PersonalService: ...
    @property
    def augmentation(self) -> AugmentationService: ...
    @property
    def adapters(self) -> AdapterShelf: ...
    def writing_many(self, at_once: int) -> AbstractContextManager[None]: ...


class Workbench(Protocol):
    """What answers are made with. `fast_copies` is where the desktop keeps copies of local models; `adapter` is
    there for tasks that want one."""

    @property
    def local_model(self) -> Path: ...
    @property
    def cloud_model(self) -> Path: ...
    @property
    def fast_copies(self) -> Path: ...
    @property
    def adapter(self) -> SealableFile | None: ...
    def open_desktop(self) -> AbstractContextManager[Desktop]:
        """A new one, with the demo cloud serving `cloud_model`; one at a time."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a task has computed. `settings` are what its values depend on, for people; `orders` how the labels of
    its observations follow each other in tables."""

    observations: Sequence[Observation]
    used: int
    skipped: Sequence[Skipped]
    settings: Json
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What a task makes of its tables: sentences in plain words, charts, and figures that are no table."""

    said: Sequence[str]
    charts: Sequence[Chart] = ()
    findings: Json = field(default_factory=dict)


class Task(Protocol):
    """One kind of evaluation; stateless, so that one object serves every run."""

    @property
    def name(self) -> str: ...
    @property
    def about(self) -> str:
        """What it asks, in a sentence."""

    @property
    def methods(self) -> Mapping[str, str]:
        """By name, what each is."""

    @property
    def reference(self) -> str:
        """The method that the others are compared with, pair by pair."""

    @property
    def metrics(self) -> Sequence[Metric]: ...
    @property
    def tables(self) -> Sequence[tuple[str, ...]]:
        """By which labels the observations are split, a table for each."""

    @property
    def options(self) -> Sequence[Option]: ...
    @property
    def adapter(self) -> Kind | None:
        """The kind of adapter for the local model that it cannot do without."""

    def check(self, request: Request) -> None:
        """Before anything is loaded. Raises BadInput."""

    def measure(
        self,
        request: Request,
        workbench: Workbench,
        store: RunStore,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Measured:
        """Everything that takes time, through `store.once`. The same request gives the same values. Raises
        KnownError, Cancelled."""

    def conclude(self, measured: Measured, tables: Mapping[tuple[str, ...], Sequence[Line]]) -> Conclusions:
        """Quick and pure: what stands in the report beside the tables."""
