"""Which preferences there are for the user, and how much each weighs where a conversation says nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from costeer.foundation.errors import BadInput
from costeer.foundation.folding import comparable
from costeer.personalization.principles import DIMENSIONS, Dimension, active, own_dimension
from costeer.storage.records import StoredDimension
from costeer.storage.repositories import DimensionRepository

MOST_OWN = 12


@dataclass(frozen=True, slots=True)
class Weighed:
    """`own`: in the user's own words."""

    dimension: Dimension
    weight: float
    own: bool


class DimensionService:
    """Any thread. Weights say something of the user, so they are kept in the database; nothing is sent."""

    def __init__(self, repository: DimensionRepository) -> None:
        self._repository = repository

    def all(self) -> list[Weighed]:
        """Those that everybody has first."""
        stored = {one.id: one for one in self._repository.all()}
        weights = {name: one.weight for name, one in stored.items()}
        usual = [Weighed(one, weights.get(one.id, 0.0), own=False) for one in DIMENSIONS]
        own = [one for one in stored.values() if one.words is not None]
        return [*usual, *(Weighed(Dimension(one.id, one.words or ""), one.weight, own=True) for one in own)]

    def known(self) -> tuple[Dimension, ...]:
        return tuple(one.dimension for one in self.all())

    def weights(self) -> dict[str, float]:
        """What weighs something, by id."""
        return {one.dimension.id: one.weight for one in self.all() if one.weight > 0.0}

    def weigh(self, weights: Mapping[str, float]) -> None:
        """By id; the others stay. Raises BadInput for a weight out of bounds or a preference that is not there."""
        active(weights)
        for name in weights.keys() - {one.id for one in self.known()}:
            raise BadInput("There is no preference {name}; choose another.", name=name)
        self._repository.weigh(weights)

    def add(self, words: str) -> Dimension:
        """One of the user's own, which weighs nothing yet. Raises BadInput."""
        made = own_dimension(f"own-{uuid.uuid4().hex[:12]}", words)
        there = self.all()
        if comparable(made.principle) in {comparable(one.dimension.principle) for one in there}:
            raise BadInput("There is a preference “{words}” already; use its slider.", words=made.principle)
        if sum(one.own for one in there) >= MOST_OWN:
            raise BadInput("There can be {most} preferences of your own; remove one first.", most=MOST_OWN)
        self.put_back(Weighed(made, 0.0, own=True))
        return made

    def remove(self, dimension_id: str) -> Weighed:
        """One of the user's own; `put_back` undoes it. Raises BadInput, StorageError."""
        found = next((one for one in self.all() if one.dimension.id == dimension_id and one.own), None)
        if found is None:
            raise BadInput("Only preferences in your own words can be removed; choose one of these.")
        self._repository.remove(dimension_id)
        return found

    def put_back(self, removed: Weighed) -> None:
        self._repository.add(StoredDimension(removed.dimension.id, removed.dimension.principle, removed.weight))
