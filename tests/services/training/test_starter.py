"""The starter adapter of the embedded pair: written, trained and tried as the command does it. Needs the extra."""

from __future__ import annotations

from pathlib import Path

import pytest

from costeer.bootstrap import open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import ignore_progress
from costeer.services.options import AskOptions
from costeer.services.training.service import RewardPlan

pytest.importorskip("torch", reason="the extra `training` is not installed")

TEN_MINUTES, FOUR_GB = 600.0, 4_000_000_000


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_starter_adapter_fits_a_small_computer(tmp_path: Path) -> None:
    """Seconds are those of the training, which is asked of two cores; the answers before it take as long again."""
    with open_application(AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))) as app:
        trained = app.training.train_reward(RewardPlan(), ignore_progress, CancelToken())
        assert trained.seconds < TEN_MINUTES
        assert trained.memory < FOUR_GB
        assert trained.before is None
        assert trained.after.pairs > 100
        assert trained.accepted == (trained.after.accuracy > 0.5)
        again = app.training.pairs(RewardPlan(), ignore_progress, CancelToken())
        assert len(again) > 600, "the answers are there: nothing is asked again"
        if trained.accepted:
            usable, rewards, why_not = app.rewards.usable(AskOptions(preferences={"concise": 1.0}))
            assert usable.rewards
            assert rewards is not None
            assert not why_not
