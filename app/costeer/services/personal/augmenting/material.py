"""What a cloud is asked for when texts like the user's are written: neutral topics, and the requests' words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from costeer.foundation.paths import shipped

_LISTED = re.compile(r"^\s*(?:\d{1,2}[.):]|[-*•–])?\s*")
_AROUND = " \t\"'“”„«»*_`"
_FEWEST_WORDS, _MOST_WORDS = 3, 30


@dataclass(frozen=True, slots=True)
class AugmentationMaterial:
    """`tasks` has "{count}" and "{topic}" in it, `task` "{topic}", `samples` "{samples}" and "{task}"; `style` is
    for the local model alone."""

    tasks: str
    task: str
    style: str
    samples: str
    topics: tuple[str, ...]

    def for_tasks(self, topic: str, count: int) -> str:
        """As a cloud is asked for tasks."""
        return self.tasks.format(count=count, topic=topic)

    def behind_samples(self, samples: Sequence[str], task: str) -> str:
        """As a cloud is asked to write what `task` asks for as whoever wrote the `samples`."""
        return self.samples.format(samples="\n\n".join(samples), task=task)


def read_augmentation() -> AugmentationMaterial:
    """What ships with the application."""
    told = tomllib.loads(shipped("resources", "augmentation.toml").read_text(encoding="utf-8"))
    return AugmentationMaterial(told["tasks"], told["task"], told["style"], told["samples"], tuple(told["topics"]))


def tasks_in(text: str, count: int) -> list[str]:
    """Those of a list that a model wrote, one on each line, without numbers and quotes; the first `count`."""
    found: list[str] = []
    for line in text.splitlines():
        task = _LISTED.sub("", line, count=1).strip(_AROUND)
        if _FEWEST_WORDS <= len(task.split()) <= _MOST_WORDS and not task.endswith(":") and task not in found:
            found.append(task)
    return found[:count]
