"""How the personal model is asked, in training and in use alike: the question behind what the user wrote before
that resembles it most (BM25, the best four, as the public recipe for CDCDA-PLM's task has it)."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from costeer.foundation.cancel import CancelToken
from costeer.local.process import ModelProcess
from costeer.personalization.private_prompt import build_private_prompt
from costeer.personalization.profile import Profile
from costeer.services.answers.branches import private_budget, render_local
from costeer.storage.nearest import Nearest
from costeer.storage.records import Writing

SHOWN = 4


class PersonalPrompts:
    """Any thread, one at a time. `writings` are those that may be shown; `retrieving` off shows none."""

    def __init__(
        self, model: ModelProcess, profile: Profile, writings: Sequence[Writing], *, retrieving: bool = True
    ) -> None:
        self._model = model
        self._profile = profile
        self._writings = list(writings) if retrieving else []
        self._nearest = Nearest([f"{one.prompt}\n{one.text}" for one in self._writings])

    def shown(self, question: str, without: Writing | None = None) -> list[str]:
        """The texts that stand before a question; never that of `without`, which is what is to be written."""
        hidden = [at for at, one in enumerate(self._writings) if without is not None and one.text == without.text]
        return [self._writings[at].text for at in self._nearest.to(question, SHOWN, hidden)]

    def tokens(self, question: str, cancel: CancelToken, without: Writing | None = None) -> list[int]:
        """The whole prompt, ready for the answer."""
        model = self._model
        private = build_private_prompt(
            self._profile,
            self.shown(question, without),
            lambda text: len(model.tokenize(text, False)),
            private_budget(model),
        )
        asked = [{"role": "user", "content": private.before(question)}]
        return model.tokenize(render_local(model, asked, cancel))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._nearest.close()
