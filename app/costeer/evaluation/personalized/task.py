"""`costeer evaluate --task cogenesis`, `longlamp` and `own`: which way of steering writes most like the user.

Two things are computed of each row. Teacher-forced, the user's own text is put to both models token by token, and
every method says how likely it makes that text: cheap, and sharp. And some methods answer the question greedily,
which is then compared with the text. Either is kept by row, so that nothing is computed twice.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from costeer.evaluation.cogenesis import Case
from costeer.evaluation.harness.models import running
from costeer.evaluation.harness.observations import Line, Metric, Observation
from costeer.evaluation.harness.options import in_bounds, whole
from costeer.evaluation.harness.rows import Rows, Skipped
from costeer.evaluation.harness.task import Conclusions, Measured, Option, Request, Workbench
from costeer.evaluation.harness.text_scores import meteor, rouge
from costeer.evaluation.personalized.findings import conclude
from costeer.evaluation.personalized.forcing import MIXTURE, STRENGTHS, Forced, force, mixed_bits
from costeer.evaluation.personalized.opened import Models, OpenedCase, Written
from costeer.evaluation.personalized.rows import ReadCases, cogenesis, longlamp, own
from costeer.evaluation.personalized.scores import score
from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import usable_cores
from costeer.foundation.errors import BadInput, PromptTooLong
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.run_store import Json, RunStore
from costeer.foundation.translatable import Translatable
from costeer.services.options import AskOptions
from costeer.services.training.adapters import Kind
from costeer.steering.policy import Policy
from costeer.steering.strength import COSTEER_GAIN, LIGHT_GAIN, Strength

REFERENCE = "cloud"
SKETCH = "cogenesis-sketch"

METHODS = {
    REFERENCE: "the cloud alone, which knows nothing of the user",
    "ceiling": "the cloud that is shown the whole private context: what could be reached, and all of it is sent",
    "local": "the local model alone",
    "local-context": "the local model with the context: nothing is sent",
    "costeer": "CoSteer, T = 20: b + 1.783 d",
    "lightcosteer": "LightCoSteer, T = 1: b + 0.476 d",
    "adacosteer": "CoSteer until the cloud has been sure for three tokens, then the cloud alone",
    "proxy-tuning": "b + d",
    "linear-alignment": "(1 + 2) lw - 2 lo in the top-p set of lw: on the local model, as the context is private",
    "context-steering": "lw + d: on the local model, for the same reason",
    "amulet": "lw + 4.65 d: on the local model, for the same reason",
    MIXTURE: "the ten likeliest of cloud and local model with context, mixed by a weight learnt on other rows",
    SKETCH: "CoGenesis' sketch: the cloud's draft, rewritten here with the context; it answers, and is not forced",
    "default": "the product's own default",
    "default-top20": "the same with a cloud that tells its 20 likeliest tokens",
    "default-top5": "the same with one that tells 5",
    "costeer-top20": "CoSteer with a cloud that tells 20",
    "costeer-top5": "CoSteer with a cloud that tells 5",
}
CEILING = "ceiling"

METRICS = (
    Metric("bits", "bits a token of the user's own text, teacher-forced"),
    Metric("rougeL", "ROUGE-L (F) of the answer with the user's own text", share=True),
    Metric("rouge1", "ROUGE-1 (F) of the same", share=True),
    Metric("meteor", "METEOR of the same", share=True),
    Metric("recall", "share of the user's own words that only the profile could tell, in the answer", share=True),
    Metric("words", "words of the answer"),
    Metric("repeated", "share of runs of 4 words that stood in the answer before", share=True),
    Metric("round_trips", "round trips a token: one to begin, and one for each token that is not the cloud's own"),
    Metric("leak_bits", "what the leak meter says of the answer; of `ceiling` everything is sent", compared=False),
)

_ANSWERED = ("cloud", CEILING, "local-context", "lightcosteer", "default", "costeer", SKETCH)
_OPTIONS = (
    Option("reference-tokens", "64", "as many tokens of the user's own text are forced"),
    Option("max-tokens", "64", "the most tokens of an answer"),
    Option("told", "20", "how many alternatives the cloud tells while answers are steered"),
    Option(
        "answers", "cloud,ceiling,local-context,default", f"methods that answer ({', '.join(_ANSWERED)})", True
    ),
)
_READING = Translatable("The user's own texts are read")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a request comes to."""

    cases: Rows[Case]
    reference_tokens: int
    most_tokens: int
    told: int
    answered: tuple[str, ...]

    @classmethod
    def of(cls, request: Request, read: ReadCases) -> _Plan:
        """Raises BadInput."""
        if request.data is None:
            raise BadInput("There are no texts to compare with; give --data with a file of them.")
        options = request.options
        wanted = {one.strip() for one in options["answers"].split(",") if one.strip()}
        if wanted - set(_ANSWERED):
            what = ", ".join(sorted(wanted - set(_ANSWERED)))
            raise BadInput(
                "--answers {what} cannot answer; choose of {known}.", what=what, known=", ".join(_ANSWERED)
            )
        return cls(
            read(request.data, request.limit),
            whole("reference-tokens", options["reference-tokens"], 1, 512),
            whole("max-tokens", options["max-tokens"], 1, 512),
            int(in_bounds("told", options["told"], 1, 1000)),
            tuple(one for one in _ANSWERED if one in wanted and one in request.methods),
        )


class PersonalizedTask:
    """Implements `harness.task.Task`, for one kind of data."""

    methods: Mapping[str, str] = METHODS
    reference = REFERENCE
    metrics = METRICS
    tables: Sequence[tuple[str, ...]] = ()
    options: Sequence[Option] = _OPTIONS
    adapter: Kind | None = None

    def __init__(self, name: str, about: str, read: ReadCases) -> None:
        self.name = name
        self.about = about
        self._read = read

    def check(self, request: Request) -> None:
        """See `Task.check`. Raises KnownError too, where an extra is missing."""
        plan = _Plan.of(request, self._read)
        if plan.answered:
            rouge("a", "a")
            meteor("a", "a")

    def measure(
        self,
        request: Request,
        workbench: Workbench,
        store: RunStore,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Measured:
        """See `Task.measure`."""
        plan = _Plan.of(request, self._read)
        with _models(workbench) as models:
            run = _Run(plan, request.methods, models, store, cancel)
            for done, (line, case) in enumerate(plan.cases.used):
                progress(Progress(_READING, done, len(plan.cases.used)))
                run.row(line, case)
        settings: Json = {
            **request.options,
            "methods": list(request.methods),
            "strengths": list(STRENGTHS),
            "mixture": AskOptions().mixture,
            "strength": AskOptions().strength,
            "curve": run.curve(),
            "loop_differs_by": max((one.loop for one in run.forced.values()), default=0.0),
        }
        skipped = [*plan.cases.skipped, *run.skipped]
        return Measured(run.observations(), len(run.forced), skipped, settings)

    def conclude(self, measured: Measured, tables: Mapping[tuple[str, ...], Sequence[Line]]) -> Conclusions:
        """See `Task.conclude`."""
        return conclude(measured, tables[()][0])


class _Run:
    """One request being worked off; one thread."""

    def __init__(
        self, plan: _Plan, methods: Sequence[str], models: Models, store: RunStore, cancel: CancelToken
    ) -> None:
        self._plan = plan
        self._methods = methods
        self._models = models
        self._store = store
        self._cancel = cancel
        self.forced: dict[int, Forced] = {}
        self.skipped: list[Skipped] = []
        self._scores: dict[tuple[str, int], dict[str, float]] = {}

    def row(self, line: int, case: Case) -> None:
        """Force the user's own text, and have the question answered. The models are opened once for all of it,
        and not at all where everything is in the store."""
        opened: OpenedCase | None = None
        shown = CEILING in self._methods

        def ready() -> OpenedCase:
            nonlocal opened
            opened = opened or OpenedCase(self._models, case, self._cancel, shown=shown)
            return opened

        try:
            forced = self._store.once(
                f"forced{'' if shown else ' without ceiling'}/{line}", lambda: self._force(ready(), case)
            )
            for method in self._plan.answered:
                self._scores[method, line] = score(self._written(ready, method, line), case)
        except PromptTooLong as error:
            self.skipped.append(Skipped(line, error.user_message))
            return
        self.forced[line] = Forced.of(forced)

    def _force(self, opened: OpenedCase, case: Case) -> Json:
        text = self._models.local.tokenize(case.reference, False)[: self._plan.reference_tokens]
        known = [one for one in METHODS if one != CEILING or CEILING in self._methods]
        return force(text, opened.views(text), known).plain()

    def _written(self, ready: Callable[[], OpenedCase], method: str, line: int) -> Written:
        told = self._store.once(f"answer/{method}/{line}", lambda: self._answer(ready(), method, line))
        return Written(**told)  # type: ignore[arg-type]

    def _answer(self, opened: OpenedCase, method: str, line: int) -> Json:
        most = self._plan.most_tokens
        if method == REFERENCE:
            written = opened.by_the_cloud(most)
        elif method == CEILING:
            written = opened.by_the_cloud_shown_all(most)
        elif method == "local-context":
            written = opened.by_the_local_model(most)
        elif method == SKETCH:
            draft = self._written(lambda: opened, REFERENCE, line)
            written = opened.rewritten(draft.text, most)
        else:
            written = opened.steered(policy_of(method), most, self._plan.told)
        return dataclasses.asdict(written)

    def observations(self) -> list[Observation]:
        lines = list(self.forced)
        mixed = dict(zip(lines, mixed_bits(list(self.forced.values())), strict=True))
        found = []
        for method in self._methods:
            for line, forced in self.forced.items():
                values = dict(self._scores.get((method, line), {}))
                if method != SKETCH:
                    bits = mixed[line] if method == MIXTURE else forced.bits[method]
                    values["bits"] = bits / forced.tokens
                if values:
                    found.append(Observation(method, str(line), str(line), values))
        return found

    def curve(self) -> list[list[float]]:
        """By row, bits a token at each of the strengths."""
        return [[bits / one.tokens for bits in one.curve] for one in self.forced.values()]


def policy_of(method: str) -> Policy:
    """Greedy, as the engine runs it; the published methods without what is the product's own."""
    if method == "default":
        return AskOptions().policy
    return Policy.at(Strength(COSTEER_GAIN if method == "costeer" else LIGHT_GAIN, 0.0))


@contextlib.contextmanager
def _models(workbench: Workbench) -> Iterator[Models]:
    cores = usable_cores()
    with (
        running(workbench.local_model, workbench.fast_copies, cores) as local,
        running(workbench.cloud_model, None, cores) as cloud,
        running(workbench.cloud_model, None, cores) as shown,
    ):
        yield Models(local, cloud, shown)


COGENESIS = PersonalizedTask(
    "cogenesis", "CoGenesis: personal writing tasks; how near each method comes to the reference.", cogenesis
)
LONGLAMP = PersonalizedTask(
    "longlamp", "LongLaMP: abstracts, reviews and posts; how near each method comes to the user's own.", longlamp
)
OWN = PersonalizedTask("own", "A text of yours: how near each method comes to it, shown what else you wrote.", own)
