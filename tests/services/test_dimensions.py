"""Preferences with their weights: kept, bounded, and counted where a conversation says nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from costeer.bootstrap import Application, open_application
from costeer.foundation.errors import BadInput, StorageError
from costeer.foundation.paths import AppPaths
from costeer.personalization.profile import Profile
from costeer.services.dimensions import MOST_OWN
from costeer.services.options import AskOptions


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))


@pytest.fixture
def app(paths: AppPaths) -> Iterator[Application]:
    with open_application(paths) as opened:
        yield opened


def test_weights_are_kept(app: Application, paths: AppPaths) -> None:
    own = app.dimensions.add("  as a   sailor would say it ")
    app.dimensions.weigh({"concise": 0.5, own.id: 1.5, "plain": 1.0})
    app.dimensions.weigh({"plain": 0.0})
    app.close()
    with open_application(paths) as again:
        assert again.dimensions.weights() == {"concise": 0.5, own.id: 1.5}
        last = again.dimensions.all()[-1]
        assert (last.dimension.principle, last.weight, last.own) == ("as a sailor would say it", 1.5, True)
        assert len(again.dimensions.all()) == 9


def test_what_is_removed_can_be_put_back(app: Application) -> None:
    own = app.dimensions.add("in rhymes")
    app.dimensions.weigh({own.id: 0.7})
    removed = app.dimensions.remove(own.id)
    assert app.dimensions.weights() == {}
    app.dimensions.put_back(removed)
    assert app.dimensions.weights() == {own.id: 0.7}
    app.dimensions.remove(own.id)
    for gone in (own.id, "concise"):
        with pytest.raises((BadInput, StorageError)):
            app.dimensions.remove(gone)


def test_what_cannot_be_used_is_refused(app: Application) -> None:
    for weights in ({"concise": 2.5}, {"concise": -0.1}, {"rude": 1.0}):
        with pytest.raises(BadInput):
            app.dimensions.weigh(weights)
    for words in ("", "   ", "x" * 81, "Concise"):
        with pytest.raises(BadInput):
            app.dimensions.add(words)
    for number in range(MOST_OWN):
        app.dimensions.add(f"like number {number}")
    with pytest.raises(BadInput, match="remove one first"):
        app.dimensions.add("one more")
    assert app.dimensions.weights() == {}


def test_usual_weights_count_unless_a_conversation_has_its_own(app: Application) -> None:
    model = app.find_model(app.settings.local_model)
    version, file = app.adapters.room_for("reward", model)
    file.write(b"GGUF")
    app.adapters.add("reward", model, version, {})
    own = app.dimensions.add("in rhymes")
    app.dimensions.weigh({"concise": 1.0, own.id: 0.5})

    def counted(options: AskOptions) -> dict[str, float]:
        usable, rewards, why_not = app.rewards.usable(options)
        assert (rewards is None) == (not usable.rewards) or why_not
        return dict(usable.rewards)

    assert counted(AskOptions()) == {}, "nothing counts without an adapter"
    assert app.rewards.usable(AskOptions())[2], "and it is said"
    app.adapters.use("reward", model, version)
    assert counted(AskOptions()) == {"concise": 1.0, own.id: 0.5}
    assert counted(AskOptions(preferences={"concise": 0.0, "plain": 2.0})) == {"plain": 2.0, own.id: 0.5}
    assert counted(AskOptions(enabled=False)) == {}
    assert counted(AskOptions(profile=Profile())) == {}, "another profile than the user's was lent"
    _, rewards, _ = app.rewards.usable(AskOptions())
    assert rewards is not None
    assert rewards.principles == ("concise", "in rhymes")
    app.dimensions.remove(own.id)
    assert counted(AskOptions(preferences={own.id: 1.0})) == {"concise": 1.0}, "what is gone counts nothing"
