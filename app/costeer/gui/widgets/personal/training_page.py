"""Training the personal model."""

from __future__ import annotations

from costeer.gui.view_models.training import TrainingViewModel
from costeer.gui.widgets.training_page import TrainingPage
from costeer.gui.wording import number, tr
from costeer.services.personal.service import PersonalPlan
from costeer.services.personal.training import TrainedPersonal
from costeer.services.training.adapters import Adapter


class PersonalTrainingPage(TrainingPage):
    """See `TrainingPage`."""

    def __init__(self, model: TrainingViewModel) -> None:
        words = tr(
            "The local model learns to write as you do, on this computer; nothing is sent. It is used for answers "
            '"On this computer only", and only if texts of yours that it has not seen become likelier with it.'
        )
        super().__init__(model, words)

    def plan(self) -> PersonalPlan:
        """See `TrainingPage.plan`."""
        return PersonalPlan()

    def in_words(self, result: TrainedPersonal) -> str:
        """See `TrainingPage.in_words`."""
        after = result.after
        told = tr(
            "{count} texts that it had not seen take {personal} bits a token with it, {retrieval} with your texts "
            "before its eyes alone, {base} without."
        ).format(
            count=number(after.texts),
            personal=number(after.personal, 2),
            retrieval=number(after.retrieval, 2),
            base=number(after.base, 2),
        )
        used = tr("It is in use now.") if result.accepted else tr("It is no better, so it is not used.")
        return f"{told} {used}"

    def figures(self, one: Adapter) -> str:
        """See `TrainingPage.figures`."""
        personal, retrieval = one.figures.get("personal"), one.figures.get("retrieval")
        if personal is None or retrieval is None:
            return ""
        return tr("{personal} bits a token, {retrieval} without").format(
            personal=number(personal, 2), retrieval=number(retrieval, 2)
        )
