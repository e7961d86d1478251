"""Texts like the user's, written by a real cloud: what is sent is what was shown, and nothing is lost."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.material.authors import AUTHORS, notes_of

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, KnownError
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import Progress, ignore_progress
from costeer.foundation.settings import EndpointSettings
from costeer.services.personal.augmenting.material import read_augmentation
from costeer.services.personal.augmenting.plan import AugmentationPlan, Augmented
from costeer.services.personal.augmenting.writing import Purse
from costeer.storage.records import Writing
from costeer.storage.repositories import WritingRepository

pytest.importorskip("datasketch", reason="the extra `training` is not installed")

SECRET = "oda.hale@lighthouse-keepers.org"
OWN = [
    Writing("document", one.prompt, f"{one.text} Write to {SECRET} about it.") for one in notes_of(AUTHORS[0])[:10]
]
PLAN = AugmentationPlan(texts=2, tasks_at_once=2, shown=2)
SAMPLES = dataclasses.replace(PLAN, way="samples")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with open_application(AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))) as opened:
        WritingRepository(opened._database).add(OWN, "used")
        yield opened


def sent(app: Application) -> list[str]:
    """The bodies of all requests so far."""
    return [one.record.body for one in app.audit.entries() if one.record.kind == "request"]


def count_of(done: Augmented) -> int:
    return done.kept + done.unfinished + sum(count for _, count in done.fell)


@pytest.mark.thorough
def test_the_private_way_sends_nothing_of_the_users(app: Application) -> None:
    preview = app.augmentation.preview(PLAN)
    assert sent(app) == []
    assert preview.samples == ()
    assert preview.tokens > 0
    assert preview.money is None
    told: list[Progress] = []
    done = app.augmentation.run(PLAN, (), told.append, CancelToken())
    assert 1 <= done.written <= 2
    assert count_of(done) == done.written
    assert done.spent.tokens > 0
    assert done.spent.leak_bits > 0.0
    made = [one for one in app.personal.all() if one.writing.source == "synthetic"]
    assert len(made) == done.written - done.unfinished
    assert sum(one.state == "used" for one in made) == done.kept
    assert "proposed" not in {one.state for one in made}, "nothing is left undecided"
    assert all(len(one.writing.made_from) == PLAN.shown for one in made)
    assert told[0] == Progress(told[0].what, 0, 2)
    bodies = sent(app)
    assert any(preview.requests[0] in body.encode().decode("unicode_escape") for body in bodies)
    asked = [body for body in bodies if "messages" in body]
    assert asked
    assert not any("Logbook" in body for body in asked), (
        "a question is the cloud's own task, and nothing before it"
    )
    assert not any(SECRET in body for body in bodies)
    read = [app.audit.in_words(one) or "" for one in app.audit.entries() if one.record.kind == "request"]
    task = next(one.writing.prompt for one in made) if made else "Write"
    assert any(task in words for words in read), "what was sent as token ids can be read, too"
    purposes = {one.record.purpose for one in app.audit.entries() if "completion" in one.record.url}
    assert purposes == {"augmentation"}
    assert app.chat.conversations() == []


@pytest.mark.thorough
def test_samples_are_sent_as_they_were_shown(app: Application) -> None:
    preview = app.augmentation.preview(SAMPLES)
    assert len(preview.samples) >= 6
    for one in preview.samples:
        assert SECRET not in one.sent
        assert one.replaced == (("[EMAIL_1]", SECRET),)
    held_out = {one.text for one in OWN} - {one.sent.replace("[EMAIL_1]", SECRET) for one in preview.samples}
    assert held_out, "what an adapter is tried on is shown to nobody"
    approved = preview.samples[:2]
    with pytest.raises(BadInput, match="no texts that may be sent"):
        app.augmentation.run(SAMPLES, (), ignore_progress, CancelToken())
    done = app.augmentation.run(SAMPLES, approved, ignore_progress, CancelToken())
    assert count_of(done) == done.written
    text = "\n".join(body.encode().decode("unicode_escape") for body in sent(app))
    assert all(one.sent in text for one in approved)
    assert not any(one.sent in text for one in preview.samples[2:])
    assert SECRET not in text


@pytest.mark.thorough
def test_what_was_written_before_it_was_stopped_is_kept(app: Application) -> None:
    cancel = CancelToken()

    def stop(told: Progress) -> None:
        if told.done:
            cancel.cancel()

    with pytest.raises(Cancelled):
        app.augmentation.run(dataclasses.replace(PLAN, texts=4), (), stop, cancel)
    first = [one for one in app.personal.all() if one.writing.source == "synthetic"]
    assert [one.state for one in first] in ([], ["proposed"])
    assert not any(one.source == "synthetic" for one in app.personal.used()), "not sifted, not learnt from"
    done = app.augmentation.run(dataclasses.replace(PLAN, texts=1), (), ignore_progress, CancelToken())
    assert count_of(done) == done.written + len(first), "what was paid for is sifted too"


@pytest.mark.thorough
def test_a_budget_ends_it(app: Application) -> None:
    done = app.augmentation.run(
        dataclasses.replace(PLAN, texts=9, most_tokens=1), (), ignore_progress, CancelToken()
    )
    assert done.budget_used_up
    assert done.written == 0
    assert done.spent.tokens > 1


@pytest.mark.thorough
def test_what_is_forgotten_is_not_sent_any_more(app: Application) -> None:
    """Neither what went before the writing began nor what goes while it is under way."""
    preview = app.augmentation.preview(SAMPLES)
    first, second = preview.samples[:2]
    app.personal.forget([first.id])
    with pytest.raises(BadInput, match="no texts that may be sent"):
        app.augmentation.run(SAMPLES, [first], ignore_progress, CancelToken())
    assert sent(app) == []

    def forget(told: Progress) -> None:
        if told.done == 1:
            app.personal.forget([second.id])

    with pytest.raises(BadInput, match="no texts that may be sent"):
        app.augmentation.run(dataclasses.replace(SAMPLES, texts=3), [first, second], forget, CancelToken())
    told = [one.encode().decode("unicode_escape") for one in sent(app)]
    assert not any(first.sent in one for one in told)
    assert any(second.sent in one for one in told), "as long as it was there"


def test_a_text_that_looks_like_a_placeholder_stands_for_itself(app: Application) -> None:
    odd = Writing(
        "document", "Write about forms.", f"I put [EMAIL_1] into the form, and {SECRET} came back to me."
    )
    WritingRepository(app._database).add([odd], "used")
    (sample,) = app.augmentation._redacted([odd])
    assert sample.sent == "I put [EMAIL_1] into the form, and [EMAIL_2] came back to me."
    assert sample.replaced == (("[EMAIL_2]", SECRET),)


def test_what_the_rules_find_is_private_in_a_new_text_too(app: Application) -> None:
    app.disclosures.add_word("Birgit Aalto", "name")
    for text in (f"Write to {SECRET} soon.", "Birgit Aalto came by.", "Give it to [NAME_1]."):
        assert app.augmentation._is_private(text), text
    assert not app.augmentation._is_private("Logbook, fair wind: the kettle. Steady as she goes.")


def test_no_answer_is_begun_that_would_take_more_than_is_left() -> None:
    purse, empty = Purse(dataclasses.replace(PLAN, most_tokens=1000)), []
    for tokens in (100, 300, 250, 100):
        purse.pay(tokens, 0.01, "EUR")
        empty.append(purse.empty)
    assert empty == [False, False, False, True], "of 350 that are left one may take 300, of 250 none"
    assert not Purse(dataclasses.replace(PLAN, most_tokens=0), purse.spent, purse.dearest).empty
    assert Purse(dataclasses.replace(PLAN, most_tokens=0, most_money=0.045), purse.spent, purse.dearest).empty


def test_what_is_told_beforehand_keeps_to_the_bounds(app: Application) -> None:
    with pytest.raises(BadInput, match="no prices of"):
        app.augmentation.preview(dataclasses.replace(PLAN, most_money=1.0))
    with pytest.raises(BadInput, match="no prices of"):
        app.augmentation.run(dataclasses.replace(PLAN, most_money=1.0), (), ignore_progress, CancelToken())
    priced = EndpointSettings("Nowhere", "http://127.0.0.1:9/v1", price_input=2.0, price_output=8.0)
    app.use_settings(dataclasses.replace(app.settings, endpoint="Nowhere", endpoints=(priced,)))
    whole = app.augmentation.preview(dataclasses.replace(PLAN, most_tokens=0))
    assert whole.money is not None
    half = app.augmentation.preview(dataclasses.replace(PLAN, most_tokens=whole.tokens // 2))
    assert half.tokens == whole.tokens // 2
    assert half.money == pytest.approx(whole.money / 2, rel=0.01)
    third = app.augmentation.preview(dataclasses.replace(PLAN, most_tokens=0, most_money=whole.money / 3))
    assert third.money == pytest.approx(whole.money / 3)
    assert third.tokens == pytest.approx(whole.tokens / 3, abs=1)


def test_when_all_topics_have_been_written_about_it_says_so(app: Application) -> None:
    made = [
        Writing("synthetic", f"Write about {one}.", f"A text about {one}.", one)
        for one in read_augmentation().topics
    ]
    app.personal.keep(made)
    with pytest.raises(BadInput, match="about all topics"):
        app.augmentation.preview(PLAN)
    WritingRepository(app._database).put([made[0].id], "proposed")
    assert app.augmentation.preview(PLAN).requests == (), "what was not sifted yet can be"


def test_without_texts_or_a_cloud_it_says_so(app: Application) -> None:
    app.personal.forget([one.id for one in OWN[:5]])
    with pytest.raises(BadInput, match="5 texts of yours and 8 are needed"):
        app.augmentation.preview(PLAN)
    WritingRepository(app._database).add(OWN, "used")
    nowhere = EndpointSettings("Nowhere", "http://127.0.0.1:9/v1", price_input=2.0, price_output=8.0)
    app.use_settings(dataclasses.replace(app.settings, endpoint="Nowhere", endpoints=(nowhere,)))
    preview = app.augmentation.preview(PLAN)
    assert preview.cloud == "Nowhere"
    assert preview.money is not None
    assert preview.money > 0.0
    with pytest.raises(KnownError):
        app.augmentation.run(PLAN, (), ignore_progress, CancelToken())
    for changed in ({"texts": 0}, {"strength": 9.0}, {"way": "magic"}):
        with pytest.raises(BadInput):
            app.augmentation.preview(dataclasses.replace(PLAN, **changed))
