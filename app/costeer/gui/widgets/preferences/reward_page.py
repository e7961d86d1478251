"""Training the adapter that preferences are steered by."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from costeer.gui.view_models.training import TrainingViewModel
from costeer.gui.widgets.parts import indent_number, label
from costeer.gui.widgets.training_page import TrainingPage
from costeer.gui.wording import number, percent, tr
from costeer.services.training.adapters import Adapter
from costeer.services.training.reward import TrainedReward
from costeer.services.training.service import RewardPlan

_USUAL = RewardPlan()
_FEWEST, _MOST = 5, 120


class RewardPage(TrainingPage):
    """See `TrainingPage`."""

    def __init__(self, model: TrainingViewModel) -> None:
        self.questions = QSpinBox()
        self.questions.setRange(_FEWEST, _MOST)
        self.questions.setSingleStep(5)
        self.questions.setValue(_USUAL.questions)
        self.questions.setAccessibleName(tr("Questions for each kind of preference"))
        indent_number(self.questions)
        asked = label(tr("Questions for each kind"))
        asked.setBuddy(self.questions)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(asked)
        row.addWidget(self.questions)
        words = tr(
            "The cloud answers general questions in opposite ways: short and long, plain and learned. From these "
            "pairs the local model learns to tell them apart. Nothing of yours is sent; it takes up to an hour, "
            "can be stopped, and goes on where it was."
        )
        super().__init__(model, words, both)

    def plan(self) -> RewardPlan:
        """See `TrainingPage.plan`."""
        return RewardPlan(self.questions.value())

    def in_words(self, result: TrainedReward) -> str:
        """See `TrainingPage.in_words`."""
        told = tr(
            "On {count} pairs that it had not seen the new adapter preferred the better answer in {share}"
        ).format(count=number(result.after.pairs), share=percent(result.after.accuracy))
        if result.before is not None:
            told = tr("{told}, the one before in {share}").format(told=told, share=percent(result.before.accuracy))
        used = tr("It is in use now.") if result.accepted else tr("It is no better, so it is not used.")
        return tr("{told}. {used}").format(told=told, used=used)

    def figures(self, one: Adapter) -> str:
        """See `TrainingPage.figures`."""
        accuracy = one.figures.get("accuracy")
        return "" if accuracy is None else tr("right in {share} of unseen pairs").format(share=percent(accuracy))
