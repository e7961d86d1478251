"""A personal model of an invented author: it learns how they write, others' texts teach it nothing, it forgets.
Needs the extra; the commands over it are quick and do not."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.material.authors import AUTHORS, Note, notes_of, shuffled

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, KnownError
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import Progress, ignore_progress
from costeer.learning.messages import SftSettings
from costeer.services.options import AskOptions
from costeer.services.personal.service import PersonalPlan, Sources
from costeer.storage.records import Writing
from costeer.storage.repositories import WritingRepository

torch_needed = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="the extra `training` is not installed"
)
PLAN = PersonalPlan(SftSettings(epochs=3))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with open_application(AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))) as opened:
        yield opened


def keep(app: Application, notes: list[Note]) -> list[Writing]:
    writings = [Writing("message", one.prompt, one.text) for one in notes]
    WritingRepository(app._database).add(writings, "used")
    return writings


def test_texts_are_gathered_left_out_and_forgotten(app: Application, tmp_path: Path) -> None:
    file = tmp_path / "diary.txt"
    file.write_text("\n\n".join(f"{one.text} " * 2 for one in notes_of(AUTHORS[0])), encoding="utf-8")
    gathered = app.personal.gather(Sources(documents=[file]))
    assert gathered.added == gathered.found > 5
    assert app.personal.gather(Sources(documents=[file])).added == 0, "what is known is not added again"
    first, second = (one.writing.id for one in app.personal.all()[:2])
    app.personal.use([first], used=False)
    assert [one.state for one in app.personal.all()][:2] == ["left out", "used"]
    assert first not in {one.id for one in app.personal.used()}
    model = app.find_model(app.settings.local_model)
    for version, learnt_from in ((1, [second]), (2, [first])):
        (number, adapter) = app.adapters.room_for("personal", model)
        assert number == version
        adapter.write(b"GGUF")
        app.adapters.add("personal", model, version, {}, learnt_from)
    assert app.personal.forget([second]).versions == (1,), "and with the text the adapter that has learnt from it"
    assert [one.version for one in app.adapters.all("personal", model)] == [2]
    assert second not in {one.writing.id for one in app.personal.all()}
    with pytest.raises(BadInput, match="nowhere"):
        app.personal.gather(Sources(documents=[tmp_path / "nowhere.txt"]))


def test_where_texts_are_shown_the_personal_model_is_shown_no_others(app: Application) -> None:
    keep(app, notes_of(AUTHORS[0])[:10])
    model = app.find_model(app.settings.local_model)
    version, adapter = app.adapters.room_for("personal", model)
    adapter.write(b"GGUF")
    app.adapters.add("personal", model, version, {})
    app.adapters.use("personal", model, version)
    usual, chosen = (
        app.chat._learnt.usable(AskOptions(personal=1.0, shown=shown), "Write about the stove.")[1].texts
        for shown in ((), ("A text that may be shown.",))
    )
    assert len(usual) == 4
    assert chosen == (), "what an adapter is tried on must not come to texts that the next one learns from"


def test_what_was_made_from_a_text_is_forgotten_with_it(app: Application) -> None:
    first, second, *_ = keep(app, notes_of(AUTHORS[0])[:4])
    of_first = Writing(
        "synthetic", "Write about a comet.", "A comet, as she would tell it.", "a comet", (first.id,)
    )
    of_second = Writing("synthetic", "Write about a cup.", "A cup, as she would tell it.", made_from=(second.id,))
    assert app.personal.keep([of_first, of_second]) == 2
    kept = next(one.writing for one in app.personal.all() if one.writing.id == of_first.id)
    assert kept.made_from == (first.id,)
    forgotten = app.personal.forget([first.id])
    assert (forgotten.texts, forgotten.made) == ((first.id, of_first.id), 1)
    assert {one.id for one in app.personal.used()}.isdisjoint(forgotten.texts)
    assert of_second.id in {one.id for one in app.personal.used()}
    assert app.personal.keep([of_first]) == 0, "nor is one kept that was still being written then"


def test_too_little_is_said(app: Application) -> None:
    pytest.importorskip("torch", reason="the extra `training` is not installed")
    keep(app, notes_of(AUTHORS[0])[:4])
    with pytest.raises(BadInput, match="4 texts of yours and 8 are needed"):
        app.personal.train(PLAN, ignore_progress, CancelToken())


@pytest.mark.slow
@pytest.mark.timeout(1800)
@torch_needed
def test_it_learns_how_somebody_writes(app: Application) -> None:
    keep(app, notes_of(AUTHORS[0])[:12])
    trained = app.personal.train(PLAN, ignore_progress, CancelToken())
    after = trained.after
    assert after.personal < after.retrieval < after.base
    assert after.gain[1] > 0.0, "clear of chance"
    assert trained.accepted
    assert trained.memory < 4_000_000_000
    adapter = app.personal.adapter()
    assert adapter is not None
    assert len(adapter.learnt_from) == 12

    conversation = app.chat.create()
    before = len(app.audit.entries())
    options = dataclasses.replace(AskOptions(), offline=True, max_tokens=60)
    for _ in app.chat.ask(conversation.id, "Write a short note about the stove.", options, CancelToken()):
        pass
    answer = app.chat.thread(conversation.id)[-1]
    assert "the stove" in answer.text
    assert "Logbook" in answer.text or "Oda" in answer.text, "as she would have it"
    assert len(app.audit.entries()) == before, "nothing was sent"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@torch_needed
def test_what_is_forgotten_meanwhile_is_not_in_it(app: Application) -> None:
    first = keep(app, notes_of(AUTHORS[0])[:8])[0]

    def forget(told: Progress) -> None:
        if told.what.template == "Training":
            app.personal.forget([first.id])

    with pytest.raises(KnownError, match="forgotten while it was learnt from"):
        app.personal.train(PersonalPlan(SftSettings(epochs=1)), forget, CancelToken())
    model = app.find_model(app.settings.local_model)
    assert app.adapters.all("personal", model) == []
    assert list(app.paths.adapters.rglob("*.gguf")) == []


def test_a_training_that_ends_while_a_text_is_forgotten_leaves_nothing(app: Application) -> None:
    """Whatever stands between removing what has learnt from the text and removing the text."""
    first = keep(app, notes_of(AUTHORS[0])[:8])[0]
    model = app.find_model(app.settings.local_model)
    remove = app.personal._repository.remove

    def end_training_and_remove(ids: Iterable[str]) -> None:
        version, adapter = app.adapters.room_for("personal", model)
        adapter.write(b"GGUF")
        app.adapters.add("personal", model, version, {}, [first.id])
        app.adapters.use("personal", model, version)
        remove(ids)

    app.personal._repository.remove = end_training_and_remove  # type: ignore[method-assign]
    assert app.personal.forget([first.id]).versions == (1,)
    assert app.personal.adapter() is None
    assert app.adapters.all("personal", model) == []


@torch_needed
def test_a_training_that_is_stopped_after_a_text_was_forgotten_leaves_nothing(app: Application) -> None:
    first = keep(app, notes_of(AUTHORS[0])[:8])[0]
    cancel = CancelToken()
    told: list[str] = []

    def forget_and_stop(progress: Progress) -> None:
        told.append(progress.what.template)
        if "reads" in progress.what.template and not cancel.cancelled and progress.done == 1:
            app.personal.forget([first.id])
            checkpoint = app.adapters.working_folder("personal", app.find_model(app.settings.local_model))
            (checkpoint / "checkpoint.pt").write_bytes(b"what a stopped training keeps")
            cancel.cancel()

    with pytest.raises(Cancelled):
        app.personal.train(PersonalPlan(SftSettings(epochs=1)), forget_and_stop, cancel)
    assert told
    assert {one.suffix for one in app.paths.adapters.rglob("*") if one.is_file()} <= {".lock"}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@torch_needed
def test_others_texts_teach_nothing(app: Application) -> None:
    """What is held out is the author's own; what was learnt is not."""
    mixed, own = shuffled(AUTHORS, 3)["Pim"], notes_of(AUTHORS[1])
    writings = keep(app, mixed[:12])
    model = app.models.ready()
    from costeer.services.personal.training import PersonalTraining
    from costeer.services.training.ground import Ground

    file = app.find_model(app.settings.local_model)
    ground = Ground(model, file, app.adapters, ignore_progress, CancelToken())
    job = PersonalTraining(ground, app.profile.current(), PLAN.sft)
    held_out = [Writing("message", one.prompt, one.text) for one in own[12:]]
    trained = job.run(writings, held_out)
    assert not trained.accepted
    assert app.personal.adapter() is None
