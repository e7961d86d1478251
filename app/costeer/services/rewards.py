"""Which preferences an answer can be steered by: those of some weight, where the local model has an adapter."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from costeer.foundation.errors import BadInput
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.services.answers.branches import Rewards
from costeer.services.dimensions import DimensionService
from costeer.services.options import AskOptions
from costeer.services.training.adapters import Adapter, AdapterShelf

_NO_ADAPTER = Translatable(
    "Preferences are not steered by: this local model has no adapter for them yet; train one."
)


class RewardService:
    """Any thread. `model_file` tells which local model is in use."""

    def __init__(self, shelf: AdapterShelf, model_file: Callable[[], Path], dimensions: DimensionService) -> None:
        self._shelf = shelf
        self._model_file = model_file
        self._dimensions = dimensions

    def adapter(self) -> Adapter:
        """The adapter for the local model in use. Raises BadInput where there is none."""
        found = self._shelf.in_use("reward", self._model_file())
        if found is None:
            raise BadInput(_NO_ADAPTER)
        return found

    def usable(self, options: AskOptions) -> tuple[AskOptions, Rewards | None, Translatable]:
        """`options` with the preferences that can be steered by, what the local branches need for them, and why
        none can, where some were wanted. What the options do not name weighs as usual, unless another profile
        than the user's is lent."""
        usual = self._dimensions.weights() if options.enabled and options.profile is None else {}
        options = dataclasses.replace(options, preferences={**usual, **options.preferences})
        wanted = options.rewards
        if not wanted:
            return dataclasses.replace(options, preferences={}), None, NOTHING
        adapter = self._shelf.in_use("reward", self._model_file())
        if adapter is None:
            return dataclasses.replace(options, preferences={}), None, _NO_ADAPTER
        said = {one.id: one.principle for one in self._dimensions.known()}
        known = {name: weight for name, weight in wanted if name in said}
        usable = dataclasses.replace(options, preferences=known)
        return usable, Rewards(adapter.file, tuple(said[name] for name, _ in usable.rewards)), NOTHING
