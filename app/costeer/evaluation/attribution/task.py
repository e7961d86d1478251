"""`costeer evaluate --task attribution`: with what chance the cloud can tell who it was."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from costeer.evaluation.attribution.answers import Answer, Setting, ask, read_settings, seed_of
from costeer.evaluation.attribution.attackers import by_bayes, by_overlap
from costeer.evaluation.attribution.findings import conclude
from costeer.evaluation.attribution.models import LikelihoodAttacker, OptimalAttacker
from costeer.evaluation.attribution.people import QUESTIONS, Person, Question, people_of
from costeer.evaluation.attribution.scoring import METRICS, TABLES, Scored, exactness, observe, orders
from costeer.evaluation.harness.models import running
from costeer.evaluation.harness.observations import Line
from costeer.evaluation.harness.options import in_bounds, whole
from costeer.evaluation.harness.rows import Rows
from costeer.evaluation.harness.task import Conclusions, Desktop, Measured, Option, Request, Workbench
from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import threads_shared, usable_cores
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.run_store import Json, RunStore
from costeer.foundation.translatable import Translatable
from costeer.local.process import ModelProcess
from costeer.services.training.adapters import Kind

METHODS = {
    "overlap": "counts the telling words that an answer shares with each profile",
    "bayes": "naive Bayes over words, trained on the same users' answers to the other questions",
    "likelihood": "the cloud's own model: how likely the answer is with each profile in the prompt",
    "optimal": "the device's own model: the exact law of each profile's device; nobody guesses better",
}

_OPTIONS = (
    Option(
        "settings",
        "greedy:0.25,greedy:0.5,greedy:1,greedy:1.783,quiet:1,fast:1",
        "sampling and strength of the answers: greedy, quiet or fast, a colon, the gain c",
    ),
    Option(
        "questions", "4", f"how many of the {len(QUESTIONS)} questions each user asks; every other is personal"
    ),
    Option("max-tokens", "32", "the most tokens of an answer"),
    Option("temperature", "0.7", "of quiet and fast sampling"),
)
_LONGEST = 512

Reader = Callable[[Person, str, Sequence[Answer]], Iterator[tuple[Answer, Json]]]
"""What answers to a question are worth to a model that knows one candidate."""

Start = Callable[[], contextlib.AbstractContextManager[ModelProcess]]
Attack = Callable[[ModelProcess], Reader]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a request comes to."""

    settings: Sequence[Setting]
    questions: Sequence[Question]
    people: Rows[Person]

    @classmethod
    def of(cls, request: Request) -> _Plan:
        """Raises BadInput."""
        options = request.options
        asked = whole("questions", options["questions"], 1, len(QUESTIONS))
        tokens = whole("max-tokens", options["max-tokens"], 1, _LONGEST)
        temperature = in_bounds("temperature", options["temperature"], 0.05, 2.0)
        questions = QUESTIONS[:asked]
        people = people_of(request.data, request.limit, request.seed, questions)
        return cls(read_settings(options["settings"], temperature, tokens), questions, people)

    @property
    def candidates(self) -> list[Person]:
        return [one for _, one in self.people.used]

    def key(self, number: int) -> str:
        """Of a person, however many others there are."""
        line, person = self.people.used[number]
        return f"{line}:{person.name}"


class AttributionTask:
    """Implements `harness.task.Task`."""

    name = "attribution"
    about = (
        "Users with different profiles ask the same questions. The attacker plays the cloud: it has the "
        "transcripts and all the profiles, and says which one steered each answer."
    )
    methods: Mapping[str, str] = METHODS
    reference = "optimal"
    metrics = METRICS
    tables = TABLES
    options: Sequence[Option] = _OPTIONS
    adapter: Kind | None = None

    def check(self, request: Request) -> None:
        """See `Task.check`."""
        _Plan.of(request)

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
        scored = [one for method in request.methods for one in run.attacked(method, answers)]
        return Measured(
            observe(scored, answers, len(plan.candidates)),
            len(plan.candidates),
            plan.people.skipped,
            {
                **request.options,
                "users": len(plan.candidates),
                "questions": [f"{one.text} ({one.kind})" for one in plan.questions],
                "methods": list(request.methods),
                "answers": len(answers),
                "recomputed": exactness(scored, answers),
            },
            orders(plan.settings, answers),
        )

    def conclude(self, measured: Measured, tables: Mapping[tuple[str, ...], Sequence[Line]]) -> Conclusions:
        """See `Task.conclude`."""
        return conclude(measured, tables)


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
        self._request = request
        self._plan = plan
        self._workbench = workbench
        self._store = store
        self._progress = progress
        self._cancel = cancel

    def answers(self) -> list[Answer]:
        """Every user's answer to every question in every setting; the missing ones are asked for."""
        plan = self._plan
        wanted = list(itertools.product(plan.settings, plan.questions))
        total = len(plan.candidates) * len(wanted)
        found: list[Answer] = []
        for number, person in enumerate(plan.candidates):
            with contextlib.ExitStack() as stack:  # an application of their own for each
                desktop: Desktop | None = None
                for setting, question in wanted:
                    unit = f"answer/{setting.key}/{question.name}/{plan.key(number)}"
                    if unit not in self._store:
                        self._step("answers", len(found), total)
                        if desktop is None:
                            desktop = stack.enter_context(self._workbench.open_desktop())
                            desktop.profile.replace_all(person.profile)
                        seed = seed_of(self._request.seed, unit)
                        options = replace(setting.options, seed=seed, seed_is_secret=True)
                        self._store.put(unit, ask(desktop, question, options, self._cancel))
                    found.append(Answer.of(number, question, setting, self._store[unit]))
        return found

    def attacked(self, method: str, answers: Sequence[Answer]) -> list[Scored]:
        """What one attacker says to each answer."""
        profiles = [one.profile for one in self._plan.candidates]
        match method:
            case "overlap":
                return [Scored(method, one, by_overlap(one.text, one.question.text, profiles)) for one in answers]
            case "bayes":
                known = partial(_known, answers, len(profiles))
                return [Scored(method, one, by_bayes(one.text, known(one))) for one in answers]
            case "likelihood":
                return self._by_likelihood(answers)
            case _:
                return self._by_the_law(answers)

    def _by_likelihood(self, answers: Sequence[Answer]) -> list[Scored]:
        def attack(model: ModelProcess) -> Reader:
            return LikelihoodAttacker(model, self._cancel).read

        start = partial(running, self._workbench.cloud_model, None, usable_cores())
        return self._by_model("likelihood", answers, start, attack)

    def _by_the_law(self, answers: Sequence[Answer]) -> list[Scored]:
        def attack(model: ModelProcess) -> Reader:
            return OptimalAttacker(model, self._cancel).read

        bench = self._workbench
        start = partial(running, bench.local_model, bench.fast_copies, threads_shared())
        steered = [one for one in answers if one.setting.strength]
        level = np.zeros(len(self._plan.candidates))  # where nothing was steered no profile has a say
        plain = [Scored("optimal", one, level) for one in answers if not one.setting.strength]
        return [*plain, *self._by_model("optimal", steered, start, attack)]

    def _by_model(self, method: str, answers: Sequence[Answer], start: Start, attack: Attack) -> list[Scored]:
        """Each answer's log-likelihoods; the model is started when one is missing."""
        plan, store = self._plan, self._store
        done, total = 0, len(answers) * len(plan.candidates)
        with contextlib.ExitStack() as stack:
            read: Reader | None = None
            for question in plan.questions:
                here = [one for one in answers if one.question == question]
                for number, candidate in enumerate(plan.candidates):
                    missing = [one for one in here if self._unit(method, one, number) not in store]
                    done += len(here) - len(missing)
                    if not missing:
                        continue
                    read = read or attack(stack.enter_context(start()))
                    for one, value in read(candidate, question.text, missing):
                        store.put(self._unit(method, one, number), value)
                        done += 1
                        self._step(method, done, total)
        return [self._scored(method, one) for one in answers]

    def _scored(self, method: str, answer: Answer) -> Scored:
        found = [self._store[self._unit(method, answer, number)] for number in range(len(self._plan.candidates))]
        logs = np.array([one["log"] for one in found], dtype=np.float64)
        impossible = found[answer.person].get("impossible")
        return Scored(method, answer, logs, impossible if isinstance(impossible, int) else None)

    def _unit(self, method: str, answer: Answer, candidate: int) -> str:
        who, whom = self._plan.key(answer.person), self._plan.key(candidate)
        return f"{method}/{answer.setting.key}/{answer.question.name}/{who}/{whom}"

    def _step(self, what: str, done: int, total: int) -> None:
        self._cancel.raise_if_cancelled()
        self._progress(Progress(Translatable.verbatim(what), done, total))


def _known(answers: Sequence[Answer], candidates: int, answer: Answer) -> list[list[str]]:
    """What an attacker who has linked earlier answers knows of each candidate: those to the other questions."""
    others = [one for one in answers if one.setting == answer.setting and one.question != answer.question]
    return [[one.text for one in others if one.person == number] for number in range(candidates)]
