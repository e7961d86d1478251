"""The tasks of `costeer evaluate`, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from costeer.evaluation.attribution.task import AttributionTask
from costeer.evaluation.harness.task import Task
from costeer.evaluation.lamp.task import LampEvaluation
from costeer.evaluation.personalized.task import COGENESIS, LONGLAMP, OWN
from costeer.evaluation.preference.task import PreferenceTask

_ALL: tuple[Task, ...] = (COGENESIS, LONGLAMP, OWN, PreferenceTask(), LampEvaluation(), AttributionTask())

TASKS: Mapping[str, Task] = MappingProxyType({one.name: one for one in _ALL})
