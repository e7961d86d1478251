"""The real demo cloud writes under principles; what was written is not asked for again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import Progress
from costeer.foundation.run_store import RunStore
from costeer.services.training.writing import Manner, WrittenAnswer, write_answers

ASKED = {
    f"{principle}|{question}": f"Your answer should be as {principle} as possible.\n\n{question}"
    for principle in ("concise", "detailed")
    for question in ("Why is the sky blue?", "How do bees make honey?")
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    home = tmp_path_factory.mktemp("home")
    with open_application(AppPaths(home / "config", home / "data", home / "cache", home / "log")) as opened:
        yield opened


def write(app: Application, folder: Path, cancel: CancelToken, told: list[Progress]) -> dict[str, WrittenAnswer]:
    with RunStore.open(folder, {"of": "a test"}) as store:
        manner = Manner(12, 2, 0.7, 0.95, "training")
        return write_answers(app.endpoints.connect, ASKED, store, manner, progress=told.append, cancel=cancel)


@pytest.mark.thorough
def test_answers_are_written_once(app: Application, tmp_path: Path) -> None:
    told: list[Progress] = []
    cancel = CancelToken()

    def stop_half_way(report: Progress) -> None:
        told.append(report)
        if report.done >= 1:
            cancel.cancel()

    manner = Manner(12, 1, purpose="training")
    with RunStore.open(tmp_path, {"of": "a test"}) as store, pytest.raises(Cancelled):
        write_answers(app.endpoints.connect, ASKED, store, manner, progress=stop_half_way, cancel=cancel)
    before = len(app.audit.entries())
    told.clear()
    written = write(app, tmp_path, CancelToken(), told)
    assert told[0].done >= 1
    assert told[-1].done == told[-1].total == len(ASKED)
    assert set(written) == set(ASKED)
    assert all(one.text for one in written.values())
    asked = [one for one in app.audit.entries()[before:] if one.record.kind == "request"]
    assert {one.record.purpose for one in asked} - {"probe"} == {"training"}
    again = write(app, tmp_path, CancelToken(), told)
    assert again == written
    assert len([one for one in app.audit.entries()[before:] if one.record.kind == "request"]) == len(asked)


def test_a_cloud_that_cannot_be_reached_is_said(app: Application, tmp_path: Path) -> None:
    from costeer.foundation.errors import EndpointError
    from costeer.foundation.settings import EndpointSettings

    usual = app.settings
    nowhere = EndpointSettings("nowhere", "http://127.0.0.1:9")
    app.use_settings(dataclasses.replace(usual, endpoints=(nowhere,), endpoint="nowhere"))
    try:
        with pytest.raises(EndpointError):
            write(app, tmp_path, CancelToken(), [])
    finally:
        app.use_settings(usual)
