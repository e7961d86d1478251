"""The benchmark measures real answers and reports what design.md promises."""

from __future__ import annotations

import pytest

from costeer.bootstrap import Application
from costeer.evaluation import decode_benchmark
from costeer.evaluation.decode_benchmark import bench_decoders
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress
from costeer.services.options import AskOptions


def test_every_decoder_is_measured(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_benchmark, "PROMPTS", decode_benchmark.PROMPTS[:1])
    seen: list[Progress] = []
    result = bench_decoders(app.chat, AskOptions(max_tokens=8), 1, seen.append, CancelToken())
    decoders = result["decoders"]
    assert isinstance(decoders, dict)
    assert set(decoders) == {"lookahead", "token", "unsteered"}
    for figures in decoders.values():
        assert set(figures) >= {
            *("tokens_per_second", "round_trips_per_token"),
            *("tokens_equal_to_reference", "cloud_tokens_per_token"),
        }
        assert figures["tokens_per_second"] > 0
    assert decoders["token"]["round_trips_per_token"] >= 1.0
    assert decoders["token"]["tokens_equal_to_reference"] == 1.0
    assert decoders["unsteered"]["round_trips_per_token"] == pytest.approx(1 / 8)
    assert [one.done for one in seen] == [1, 2, 3]
