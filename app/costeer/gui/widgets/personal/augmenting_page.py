"""More texts like the user's: which way, how many, what would be sent word by word, and how far it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.view_models.augmenting import AugmentingViewModel
from costeer.gui.widgets.parts import dialog_button, indent_number, label
from costeer.gui.widgets.wrapping_row import WrappingRow
from costeer.gui.wording import listed, number, progress_words, tr, translated
from costeer.services.personal.augmenting.plan import MOST_MONEY, MOST_TEXTS, Augmented, Preview, Sample

_ID = Qt.ItemDataRole.UserRole
_MOST_TOKENS = 1_000_000


class AugmentingPage(QWidget):
    """Shows an `AugmentingViewModel`. The list is what would be sent; a sample without a tick is not."""

    def __init__(self, model: AugmentingViewModel) -> None:
        super().__init__()
        self._model = model
        self._shown: Preview | None = None
        self.left_out: set[str] = set()
        """Ids of the samples that are not to be sent."""
        self.private = QRadioButton(self.tr("Steered on this computer: only the words of the answers are sent"))
        self.samples = QRadioButton(self.tr("With some of my texts, which are sent as they stand below"))
        ways = QButtonGroup(self)
        for one in (self.private, self.samples):
            ways.addButton(one)
        self.private.setChecked(model.plan.way == "private")
        self.samples.setChecked(model.plan.way == "samples")
        self.samples.toggled.connect(lambda on: model.change(way="samples" if on else "private"))
        self.texts = self._number(self.tr("How many texts"), MOST_TEXTS, model.plan.texts)
        self.texts.setMinimum(1)
        self.texts.valueChanged.connect(lambda value: model.change(texts=value))
        self.budget = self._number(self.tr("Most tokens of the cloud"), _MOST_TOKENS, model.plan.most_tokens)
        self.budget.setSingleStep(5000)
        self.budget.setSpecialValueText(self.tr("any number"))
        self.budget.valueChanged.connect(lambda value: model.change(most_tokens=value))
        self.money = QDoubleSpinBox()
        self.money.setAccessibleName(self.tr("Most that it may cost"))
        self.money.setRange(0.0, MOST_MONEY)
        self.money.setSingleStep(0.1)
        self.money.setKeyboardTracking(False)
        self.money.setSpecialValueText(self.tr("any amount"))
        indent_number(self.money)
        self.money.valueChanged.connect(lambda value: model.change(most_money=value))
        self.money_title = label(self.tr("Cost at most:"))
        self.cost = label(tone="muted", wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("What would be sent"))
        self.list.setWordWrap(True)
        self.list.setSpacing(3)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemChanged.connect(self._on_ticked)
        self.state = label(wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("How far the writing is"))
        self.send = dialog_button(self.tr("Send, and have them written"), self._on_send)
        self.stop = dialog_button(self.tr("Stop"), model.stop)
        self._lay_out()
        model.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the model as it is."""
        model = self._model
        for one in (self.private, self.samples, self.texts, self.budget, self.money, self.list):
            one.setEnabled(not model.running)
        priced = model.preview is not None and model.preview.money is not None
        self.money.setVisible(priced or model.plan.most_money > 0.0)
        self.money_title.setVisible(not self.money.isHidden())
        self.bar.setVisible(model.running)
        self.stop.setVisible(model.running)
        self.send.setVisible(not model.running)
        told = model.progress
        self.bar.setRange(0, (told.total or 0) if told else 0)
        self.bar.setValue(told.done if told else 0)
        self.state.setText(self._state())
        self.state.setVisible(bool(self.state.text()))
        if model.preview is not self._shown and not model.running:
            self._show(model.preview)
        self._refresh_buttons()

    def _state(self) -> str:
        model = self._model
        if model.running:
            return progress_words(model.progress, model.seconds_left)
        if model.result is not None:
            return in_words(model.result)
        return translated(model.why_not.said) if model.why_not is not None else ""

    def _show(self, preview: Preview | None) -> None:
        self._shown = preview
        self.list.clear()
        self.cost.setText("" if preview is None else _cost(preview))
        self.money.setSuffix("" if preview is None else f" {preview.currency}")
        for one in preview.samples if preview is not None else ():
            item = QListWidgetItem(_sample_words(one))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked if one.id in self.left_out else Qt.CheckState.Checked)
            item.setData(_ID, one.id)
            self.list.addItem(item)
        for request in preview.requests if preview is not None else ():
            QListWidgetItem(request, self.list)

    def _refresh_buttons(self) -> None:
        preview = self._model.preview
        samples = preview.samples if preview is not None else ()
        some = not samples or any(one.id not in self.left_out for one in samples)
        self.send.setEnabled(preview is not None and some)

    def _on_ticked(self, item: QListWidgetItem) -> None:
        if item.checkState() == Qt.CheckState.Checked:
            self.left_out.discard(item.data(_ID))
        else:
            self.left_out.add(item.data(_ID))
        self._refresh_buttons()

    def _on_send(self) -> None:
        self._model.start(self.left_out)

    def _number(self, name: str, most: int, value: int) -> QSpinBox:
        made = QSpinBox()
        made.setAccessibleName(name)
        made.setRange(0, most)
        made.setValue(value)
        indent_number(made)
        made.setKeyboardTracking(False)
        made.setGroupSeparatorShown(True)
        return made

    def _lay_out(self) -> None:
        words = self.tr(
            "From few texts little can be learnt. A cloud can write more like them, about things that have "
            "nothing to do with you; what is worth learning from is picked out on this computer. Nothing is sent "
            "before you have seen it here and said so."
        )
        numbers = WrappingRow(12, 6)
        for title, box in (
            (label(self.tr("Texts:")), self.texts),
            (label(self.tr("Tokens at most:")), self.budget),
            (self.money_title, self.money),
        ):
            title.setBuddy(box)
            numbers.add_together(title, box)
        running = QHBoxLayout()
        running.addWidget(self.bar, 1)
        running.addStretch(0)
        running.addWidget(self.stop)
        running.addWidget(self.send)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self.private)
        column.addWidget(self.samples)
        column.addLayout(numbers)
        column.addWidget(self.cost)
        column.addWidget(self.list, 1)
        column.addWidget(self.state)
        column.addLayout(running)


def in_words(done: Augmented) -> str:
    """What came of it, gate by gate."""
    told = tr("Texts written: {written}; of these, {kept} will be learnt from.").format(
        written=number(done.written), kept=number(done.kept)
    )
    gates = {
        "leak": tr("{count} with something private"),
        "language": tr("{count} in another language"),
        "length": tr("{count} too short or too long"),
        "near-duplicate": tr("{count} like another"),
        "perplexity": tr("{count} not like yours"),
        "diversity": tr("{count} more than were wanted"),
    }
    fell = [gates[name].format(count=number(count)) for name, count in done.fell if count]
    if done.unfinished:
        fell.append(tr("{count} without an end").format(count=number(done.unfinished)))
    if fell:
        told = tr("{told} Left out: {fell}.").format(told=told, fell=listed(fell))
    if done.spent.leak_bits:
        told = tr("{told} The words that left may tell {bits} bits about you.").format(
            told=told, bits=number(done.spent.leak_bits, 1)
        )
    if done.budget_used_up:
        told = tr("{told} What is left of the tokens is not enough for another; send again to go on.").format(
            told=told
        )
    return told


def _cost(preview: Preview) -> str:
    told = tr("To {cloud}, about {tokens} tokens at most.").format(
        cloud=preview.cloud, tokens=number(preview.tokens)
    )
    if preview.money is not None:
        told = tr("{told} That is {money} {currency}.").format(
            told=told, money=number(preview.money, 2), currency=preview.currency
        )
    if preview.samples:
        return tr("{told} Word by word: your texts, some before each task, and the requests for tasks.").format(
            told=told
        )
    return tr(
        "{told} Word by word: the requests for tasks. Each task that comes back is sent again as it is, and the "
        "words of its answer that are final; they may repeat some of yours."
    ).format(told=told)


def _sample_words(one: Sample) -> str:
    replaced = [tr("{form} stands for “{text}”").format(form=form, text=text) for form, text in one.replaced]
    return "\n".join((one.sent, *replaced))
