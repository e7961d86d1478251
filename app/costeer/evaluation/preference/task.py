"""`costeer evaluate --task preference`: steering by learnt preferences beside other ways to have them heard."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from costeer.evaluation.harness.models import running
from costeer.evaluation.harness.observations import Line, Metric, Observation
from costeer.evaluation.harness.options import in_bounds, whole
from costeer.evaluation.harness.rows import Rows, read_rows
from costeer.evaluation.harness.task import Conclusions, Measured, Option, Request, Workbench
from costeer.evaluation.preference.answers import METHODS, UNSTEERED, Answer, Answers, Question
from costeer.evaluation.preference.choosing import Pairs, simulate
from costeer.evaluation.preference.findings import conclude
from costeer.evaluation.preference.measures import degenerate, letters, repeated, variety, words_of
from costeer.evaluation.preference.reading import Reader, Reading, Under, cloud_opening, reward_opening
from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import usable_cores
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import ProgressCallback
from costeer.foundation.run_store import Json, RunStore
from costeer.foundation.translatable import Translatable
from costeer.local.process import ModelProcess
from costeer.personalization.principles import DEFAULT_WEIGHT, DIMENSIONS, HEAVIEST, Dimension
from costeer.services.training.adapters import Kind
from costeer.services.training.material import read_material

METRICS = (
    Metric("words", "words of the answer"),
    Metric("letters", "mean length of a word"),
    Metric("variety", "share of different words in runs of 20 (moving-average type-token ratio)", share=True),
    Metric(
        "toward",
        "how much likelier the answer is to the cloud's own model where it is told the preference, nats a token; "
        "the same model writes the answers of `prompt`",
    ),
    Metric("reward", "the trained reward of the answer under the preference, nats a token"),
    Metric("likelihood", "log-likelihood of the answer to the cloud's own model, told nothing, nats a token"),
    Metric("repeated", "share of runs of 4 words that stood in the answer before", share=True),
    Metric("degenerate", "share of answers that are hardly a word, or the same ones over and over", share=True),
    Metric("changed", "share of tokens that are not the cloud's own", share=True, compared=False),
    Metric("leak_bits", "what the leak meter said of the answer; of `prompt` everything is sent", compared=False),
)

_OPTIONS = (
    Option("preferences", "all", "which of the preferences, with commas between"),
    Option("weight", str(DEFAULT_WEIGHT), "of the preference, as a slider has it"),
    Option("max-tokens", "96", "the most tokens of an answer"),
    Option(
        "ask",
        "{question} Answer in one sentence.",
        "what is asked, of every method alike; short answers leave room for longer ones",
    ),
    Option("users", "5", "simulated users whose weights are fitted from their choices; 0: none", extends=True),
    Option("choices", "10,20,40", "how many choices their weights are fitted to", extends=True),
    Option("later", "50", "how many choices behind these they are to foresee", extends=True),
)
_POOL = 4
_CHOICE = 2
"""As many pairs of answers as a simulated user sees, times this, are read for them: so no two see the same."""
_LONGEST_QUESTION = 600
_JUDGING = Translatable("The cloud's model reads the answers")
_REWARDING = Translatable("The local model reads the answers")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a request comes to."""

    questions: Rows[Question]
    dimensions: tuple[Dimension, ...]
    weight: float
    most_tokens: int
    users: int
    counts: tuple[int, ...]
    later: int

    @classmethod
    def of(cls, request: Request) -> _Plan:
        """Raises BadInput."""
        options = request.options
        if request.data is None:
            raise BadInput("There are no questions to ask; give --data with a file of them.")
        if "{question}" not in options["ask"]:
            raise BadInput("--ask has no {question}; say where the question is to stand.", question="{question}")
        counts = tuple(whole("choices", one, 1, 1000) for one in options["choices"].split(","))
        users = whole("users", options["users"], 0, 1000)
        rows = read_rows(request.data, lambda row: _question(row, options["ask"]), request.limit)
        questions = Rows([(line, Question(line, text)) for line, text in rows.used], rows.skipped)
        return cls(
            questions,
            _dimensions(options["preferences"]),
            in_bounds("weight", options["weight"], 0.0, HEAVIEST),
            whole("max-tokens", options["max-tokens"], 1, 512),
            users,
            tuple(sorted(set(counts))),
            whole("later", options["later"], 1, 1000),
        )

    @property
    def asked(self) -> list[Question]:
        return [one for _, one in self.questions.used]

    @property
    def seen(self) -> int:
        """How many pairs of answers a simulated user sees."""
        return max(self.counts) + self.later

    @property
    def shown(self) -> list[tuple[Question, list[Dimension]]]:
        """The questions, and their answers by preference, that the simulated users choose between."""
        found: list[tuple[Question, list[Dimension]]] = []
        pairs = 0
        for at, question in enumerate(self.asked):
            if pairs >= _CHOICE * self.seen:
                break
            found.append((question, self.pool(at)))
            pairs += _pairs(len(found[-1][1]))
        return found

    def pool(self, at: int) -> list[Dimension]:
        """The preferences whose answers to question number `at` the simulated users choose between."""
        count = len(self.dimensions)
        places = sorted({(at + step * max(1, count // _POOL)) % count for step in range(_POOL)})
        return [self.dimensions[place] for place in places]


def _question(row: dict[str, object], ask: str) -> str:
    asked = row.get("input")
    if not isinstance(asked, str) or not asked.strip():
        raise ValueError('it has no text "input"')
    if len(asked) > _LONGEST_QUESTION:
        raise ValueError(f"its question has more than {_LONGEST_QUESTION} characters")
    return ask.replace("{question}", asked.strip())


def _dimensions(text: str) -> tuple[Dimension, ...]:
    wanted = {one.strip() for one in text.split(",") if one.strip()}
    known = {one.id for one in DIMENSIONS}
    if wanted == {"all"}:
        return DIMENSIONS
    if not wanted or wanted - known:
        what = ", ".join(sorted(wanted - known)) or "nothing"
        raise BadInput(
            "There is no preference {what}; choose of {known}.", what=what, known=", ".join(sorted(known))
        )
    return tuple(one for one in DIMENSIONS if one.id in wanted)


class PreferenceTask:
    """Implements `harness.task.Task`."""

    name = "preference"
    about = (
        "The same questions, answered without steering, with the preference in the local model's prompt, with the "
        "learnt reward, and with the preference told to the cloud."
    )
    methods: Mapping[str, str] = METHODS
    reference = UNSTEERED
    metrics = METRICS
    tables = (("preference",),)
    options: Sequence[Option] = _OPTIONS
    adapter: Kind | None = "reward"

    def check(self, request: Request) -> None:
        """See `Task.check`."""
        plan = _Plan.of(request)
        there = sum(_pairs(len(some)) for _, some in plan.shown)
        if plan.users and there < plan.seen:
            raise BadInput(
                "There are {there} pairs of answers and the simulated users choose {needed} times; give more "
                "questions, or --users 0.",
                there=there,
                needed=plan.seen,
            )

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
        run = _Run(request, plan, workbench, store, progress, cancel)
        answers = run.answers()
        judged, rewarded = run.judged(answers), run.rewarded(answers)
        settings: Json = {
            **request.options,
            "questions": len(plan.asked),
            "methods": list(request.methods),
            "curve": run.curve(answers, judged, rewarded),
        }
        observed = [one for answer in answers for one in _observe(answer, plan, judged, rewarded)]
        order = {"preference": [one.id for one in plan.dimensions]}
        return Measured(observed, len(plan.asked), plan.questions.skipped, settings, order)

    def conclude(self, measured: Measured, tables: Mapping[tuple[str, ...], Sequence[Line]]) -> Conclusions:
        """See `Task.conclude`."""
        curve = measured.settings["curve"]
        return conclude(tables, curve if isinstance(curve, dict) else None)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


Readings = Mapping[Under, Reading]


class _Run:
    """One request being worked off; one thread."""

    def __init__(
        self,
        request: Request,
        plan: _Plan,
        workbench: Workbench,
        store: RunStore,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> None:
        self._methods = request.methods
        self._seed = request.seed
        self._plan = plan
        self._workbench = workbench
        self._store = store
        self._progress = progress
        self._cancel = cancel
        self._material = read_material()

    def answers(self) -> list[Answer]:
        """Those of the cloud first, as they are written many at a time."""
        plan = self._plan
        with self._workbench.open_desktop() as desktop:
            asking = Answers(
                desktop, self._material, self._store, plan.most_tokens, plan.weight, self._progress, self._cancel
            )
            of_the_cloud = asking.of_the_cloud(plan.asked, plan.dimensions, self._methods)
            return [*of_the_cloud, *asking.steered(plan.asked, plan.dimensions, self._methods)]

    def judged(self, answers: Sequence[Answer]) -> Readings:
        """Log-likelihoods to the cloud's model: told nothing, and told the preference."""
        wanted: list[Under] = [(one, None) for one in answers]
        opening = cloud_opening(self._material, self._cancel)
        with self._model() as start:
            reader = Reader("judged", _JUDGING, start, opening, self._store, self._progress, self._cancel)
            return reader.read([*wanted, *self._under(answers)])

    def rewarded(self, answers: Sequence[Answer]) -> Readings:
        """Rewards under the preference."""
        adapter = self._workbench.adapter
        assert adapter is not None
        opening = reward_opening(adapter, self._cancel)
        with self._model(local=True) as start:
            reader = Reader("rewarded", _REWARDING, start, opening, self._store, self._progress, self._cancel)
            return reader.read(self._under(answers))

    def curve(self, answers: Sequence[Answer], judged: Readings, rewarded: Readings) -> Json | None:
        """What simulated users' choices tell; None where none were asked for."""
        if not self._chosen_between(answers):
            return None
        liked, rewards = [], []
        for some in self._chosen_between(answers):
            under = [[(one, dimension) for dimension in self._plan.dimensions] for one in some]
            liked.append(
                np.array([[judged[one].mean - judged[one[0], None].mean for one in row] for row in under])
            )
            rewards.append(np.array([[rewarded[one].total for one in row] for row in under]))
        plan = self._plan
        return simulate(Pairs.of(liked, rewards), plan.users, plan.counts, plan.later, self._seed).plain()

    def _under(self, answers: Sequence[Answer]) -> list[Under]:
        """Each answer under its own preference; the unsteered ones, and those that users choose between, under
        all of them."""
        wanted: list[Under] = []
        for one in answers:
            wanted += [(one, other) for other in ((one.dimension,) if one.dimension else self._plan.dimensions)]
        for some in self._chosen_between(answers):
            wanted += [(one, other) for one in some for other in self._plan.dimensions]
        return list(dict.fromkeys(wanted))

    def _chosen_between(self, answers: Sequence[Answer]) -> list[list[Answer]]:
        """For each question, the answers that the simulated users are shown."""
        if not self._plan.users or "prompt" not in self._methods:
            return []
        there = {(one.dimension, one.question): one for one in answers if one.method == "prompt"}
        return [
            [there[dimension, question] for dimension in dimensions] for question, dimensions in self._plan.shown
        ]

    @contextlib.contextmanager
    def _model(self, *, local: bool = False) -> Iterator[Callable[[], ModelProcess]]:
        """A model that is started when it is first needed."""
        bench = self._workbench
        file, copies = (bench.local_model, bench.fast_copies) if local else (bench.cloud_model, None)
        with contextlib.ExitStack() as stack:
            started: list[ModelProcess] = []

            def start() -> ModelProcess:
                if not started:
                    started.append(stack.enter_context(running(file, copies, usable_cores())))
                return started[0]

            yield start


def _observe(answer: Answer, plan: _Plan, judged: Readings, rewarded: Readings) -> list[Observation]:
    """What an answer is worth under its preference; the unsteered one under each."""
    words = words_of(answer.text)
    plain = judged[answer, None].mean
    found = []
    for dimension in (answer.dimension,) if answer.dimension else plan.dimensions:
        values = {
            "words": float(len(words)),
            "toward": judged[answer, dimension].mean - plain,
            "reward": rewarded[answer, dimension].mean,
            "likelihood": plain,
            "repeated": repeated(words),
            "degenerate": float(degenerate(words)),
            "changed": answer.changed,
        }
        if words:
            values |= {"letters": letters(words), "variety": variety(words)}
        if answer.method != "prompt":
            values["leak_bits"] = answer.leak_bits
        row, line = f"{dimension.id}/{answer.question.line}", str(answer.question.line)
        found.append(Observation(answer.method, row, line, values, {"preference": dimension.id}))
    return found
