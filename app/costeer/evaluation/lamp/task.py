"""`costeer evaluate --task lamp`: the local model alone, with retrieval, and as a personal model."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from costeer.evaluation.harness.drawing import Chart, Curve
from costeer.evaluation.harness.models import running
from costeer.evaluation.harness.observations import Line, Metric, Observation
from costeer.evaluation.harness.options import in_bounds, whole
from costeer.evaluation.harness.page import in_figures
from costeer.evaluation.harness.rows import Skipped
from costeer.evaluation.harness.task import Conclusions, Measured, Option, Request, Workbench
from costeer.evaluation.lamp.scoring import of_all, of_one
from costeer.evaluation.lamp.training import UserAdapters, more_like, own_shelf
from costeer.evaluation.lamp.writing import bits_of, written
from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import usable_cores
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.run_store import Json, RunStore
from costeer.foundation.translatable import Translatable
from costeer.learning.extra import SIEVE, check_installed
from costeer.learning.messages import SftSettings
from costeer.local.process import ModelProcess
from costeer.personalization.profile import Profile
from costeer.privacy.sealable_file import SealableFile
from costeer.services.personal.asking import PersonalPrompts
from costeer.services.personal.augmenting.plan import MOST_TEXTS, AugmentationPlan, Way
from costeer.services.personal.lamp import LampFile, LampRow, LampText, read_lamp
from costeer.services.training.adapters import Kind
from costeer.services.training.ground import Ground
from costeer.storage.records import Writing

METHODS = {
    "base": "the local model, which knows nothing of the user",
    "retrieval": "with the four texts of the user before the question that resemble it most (BM25)",
    "personal": "the same prompt, with an adapter trained on the user's texts where it passed the gate",
    "augmented": "the same, trained again with what was kept of texts that the cloud wrote like the user's",
}

METRICS = (
    Metric("bits", "bits a token of the user's own text; of a row, so that long texts weigh no more"),
    Metric("accuracy", "share of right labels", share=True),
    Metric("error", "how far a score is from the user's"),
    Metric("squared", "the same, squared"),
    Metric("rouge1", "ROUGE-1 (F) of what was written with the user's own text", share=True),
    Metric("rougeL", "ROUGE-L (F) of the same", share=True),
    Metric("trained", "share of rows whose user has an adapter that passed the gate", share=True, compared=False),
)

_USUAL = SftSettings()
_AUGMENTING = AugmentationPlan(most_tokens=0)
_OPTIONS = (
    Option("max-tokens", "64", "the most tokens that are written"),
    Option("epochs", str(_USUAL.epochs), "of a personal model's training, at most"),
    Option("way", _AUGMENTING.way, "how texts like the user's are written: private or samples"),
    Option("texts", str(_AUGMENTING.texts), "of these, to be written"),
    Option("learning-rate", str(_USUAL.learning_rate), "of the same"),
)
_WRITING = Translatable("The local model answers")

User = tuple[LampText, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a request comes to: the rows that have an output, by user."""

    file: LampFile
    users: Mapping[User, Sequence[LampRow]]
    most_tokens: int
    settings: SftSettings
    augmentation: AugmentationPlan

    @classmethod
    def of(cls, request: Request) -> _Plan:
        """Raises BadInput."""
        if request.data is None:
            raise BadInput("There are no questions to ask; give --data with a file in a format of LaMP.")
        file = read_lamp(request.data)
        rows = [one for one in file.rows if one.output][: request.limit]
        if not rows:
            raise BadInput("{file} has no outputs beside it; put them there.", file=request.data)
        users: dict[User, list[LampRow]] = {}
        for row in rows:
            users.setdefault(row.profile, []).append(row)
        options = request.options
        epochs = whole("epochs", options["epochs"], 1, 50)
        rate = in_bounds("learning-rate", options["learning-rate"], 1e-7, 0.1)
        settings = SftSettings(epochs=epochs, learning_rate=rate)
        augmentation = dataclasses.replace(
            _AUGMENTING, way=cast(Way, options["way"]), texts=whole("texts", options["texts"], 1, MOST_TEXTS)
        )
        augmentation.check()
        return cls(file, users, whole("max-tokens", options["max-tokens"], 1, 512), settings, augmentation)


class LampEvaluation:
    """Implements `harness.task.Task`."""

    name = "lamp"
    about = (
        "Questions in a format of LaMP, answered on this computer alone: by the local model, with what the user "
        "wrote before its eyes, and by a personal model."
    )
    methods: Mapping[str, str] = METHODS
    reference = "retrieval"
    metrics = METRICS
    tables = (("user",),)
    options: Sequence[Option] = _OPTIONS
    adapter: Kind | None = None

    def check(self, request: Request) -> None:
        """See `Task.check`. Raises KnownError too, where an extra is missing."""
        plan = _Plan.of(request)
        if {"personal", "augmented"} & set(request.methods):
            check_installed()
        if "augmented" in request.methods:
            check_installed(SIEVE)
        of_all(plan.file.task, ["1"], ["1"])

    def measure(
        self,
        request: Request,
        workbench: Workbench,
        store: RunStore,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Measured:
        """See `Task.measure`."""
        plan = _Plan.of(request)
        with running(workbench.local_model, workbench.fast_copies, usable_cores()) as model:
            run = _Run(plan, request.methods, model, workbench, store, progress, cancel)
            observed = run.observations()
        skipped = [Skipped(0, f"{plan.file.skipped} rows were not of the format")] if plan.file.skipped else []
        settings: Json = {
            **request.options,
            "lamp": plan.file.task.number,
            "users": len(plan.users),
            "official": run.official(),
        }
        return Measured(observed, sum(map(len, plan.users.values())), skipped, settings)

    def conclude(self, measured: Measured, tables: Mapping[tuple[str, ...], Sequence[Line]]) -> Conclusions:
        """See `Task.conclude`."""
        (whole_line,) = tables[()]
        said = []
        for name, cell in whole_line.cells.items():
            told = f"{name}: {in_figures(cell.metrics['bits'])} bits a token"
            if "bits" in cell.differences:
                told += f", {in_figures(cell.differences['bits'], signed=True)} to retrieval alone"
            said.append(f"{told}.")
        official = measured.settings["official"]
        assert isinstance(official, dict)
        for name, values in official.items():
            said.append(f"{name}: " + ", ".join(f"{metric} {value:.3f}" for metric, value in values.items()) + ".")
        return Conclusions(said, [_chart(tables["user",])], {"official": official})


def _chart(lines: Sequence[Line]) -> Chart:
    curves = {
        name: [
            (float(at), cell.metrics["bits"].value, cell.metrics["bits"].low, cell.metrics["bits"].high)
            for at, line in enumerate(lines)
            if (cell := line.cells.get(name)) is not None
        ]
        for name in METHODS
    }
    shown = [Curve(name, points, joined=False) for name, points in curves.items() if points]
    return Chart("By user", "user", "bits a token", shown, ticks=[line.labels["user"] for line in lines])


class _Run:
    """One request being worked off; one thread."""

    def __init__(
        self,
        plan: _Plan,
        methods: Sequence[str],
        model: ModelProcess,
        workbench: Workbench,
        store: RunStore,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> None:
        self._plan = plan
        self._methods = methods
        self._model = model
        self._workbench = workbench
        self._store = store
        self._progress = progress
        self._cancel = cancel

    def observations(self) -> list[Observation]:
        """User by user; one whose rows are all there is not trained again."""
        found, done = [], 0
        total = sum(map(len, self._plan.users.values())) * len(self._methods)
        for number, (profile, rows) in enumerate(self._plan.users.items(), start=1):
            writings = [Writing("lamp", one.prompt, one.text) for one in profile]
            with own_shelf() as shelf:
                ground = Ground(self._model, self._workbench.local_model, shelf, self._progress, self._cancel)
                more = partial(self._more, writings)
                adapters = UserAdapters(ground, self._plan.settings, writings, more)
                for method in self._methods:
                    missing = [row for row in rows if _unit(method, row) not in self._store]
                    adapter = adapters.adapter(method) if missing else None
                    for row in missing:
                        self._progress(Progress(_WRITING, done, total))
                        self._store.put(_unit(method, row), self._answer(method, writings, row, adapter))
                    done += len(rows)
                    found += [self._observe(method, row, f"user {number}") for row in rows]
        return found

    def official(self) -> Json:
        """LaMP's own figures, by method."""
        rows = [row for some in self._plan.users.values() for row in some]
        golds = [row.output or "" for row in rows]
        return {
            method: of_all(
                self._plan.file.task, [str(self._store[_unit(method, row)]["said"]) for row in rows], golds
            )
            for method in self._methods
        }

    def _more(self, writings: Sequence[Writing], adapter: SealableFile | None) -> list[Writing]:
        """Written once: they are in the store afterwards."""
        unit = f"more/{hashlib.sha256(repr([one.id for one in writings]).encode()).hexdigest()[:12]}"
        if unit not in self._store:
            made = more_like(
                self._workbench, self._plan.augmentation, writings, adapter, self._progress, self._cancel
            )
            self._store.put(unit, {"texts": [{"prompt": one.prompt, "text": one.text} for one in made]})
        texts = self._store[unit]["texts"]
        assert isinstance(texts, list)
        return [Writing("synthetic", str(one["prompt"]), str(one["text"])) for one in texts]

    def _answer(
        self, method: str, writings: Sequence[Writing], row: LampRow, adapter: SealableFile | None
    ) -> Json:
        retrieving = method != "base"
        with PersonalPrompts(self._model, Profile(), writings, retrieving=retrieving) as prompts:
            prompt = prompts.tokens(row.input, self._cancel)
        bits, tokens = bits_of(self._model, prompt, adapter, row.output or "", self._cancel)
        said = written(self._model, prompt, adapter, self._plan.most_tokens, self._cancel)
        return {"said": said, "bits": bits, "tokens": tokens, "trained": adapter is not None}

    def _observe(self, method: str, row: LampRow, user: str) -> Observation:
        told = self._store[_unit(method, row)]
        values = {
            "bits": float(str(told["bits"])) / int(str(told["tokens"])),
            **of_one(self._plan.file.task, str(told["said"]), row.output or ""),
        }
        if method in ("personal", "augmented"):
            values["trained"] = float(bool(told["trained"]))
        return Observation(method, row.id, user, values, {"user": user})


def _unit(method: str, row: LampRow) -> str:
    who = hashlib.sha256(repr(row.profile).encode()).hexdigest()[:12]
    return f"{method}/{who}/{row.id}"
