"""What a test of a cloud found, in words."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from costeer.cloud.abilities import Abilities
from costeer.cloud.probe import Probed
from costeer.gui.widgets.parts import label, tier_chip
from costeer.gui.wording import number, tier_words, tr, translated
from costeer.services.endpoint_presets import Billing

_STEERED = ("A", "A-")


class CloudResult(QFrame):
    """A card: the tier, what it rests on, remarks, a warning about the price. Hidden until there is a result."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.shown: Probed | None = None
        self.tier = tier_chip()
        self.verdict = label(tone="title", wrap=True)
        self.verdict.setAccessibleName(self.tr("Result of the test"))
        self.remarks = label(tone="muted", wrap=True)
        self.price = label(wrap=True)
        self.price.setProperty("tone", "notice")
        self.figures: dict[str, QLabel] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.tier)
        head.addWidget(self.verdict, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(self._grid)
        column.addWidget(self.remarks)
        column.addWidget(self.price)
        self.hide()

    def clear(self) -> None:
        self.shown = None
        self.hide()

    def put(self, probed: Probed, billing: Billing) -> None:
        self.shown = probed
        self.show()
        found = probed.abilities
        self.tier.setText(found.tier)
        self.verdict.setText(tier_words(found.tier))
        rows = _rows(probed)
        for at, (name, value) in enumerate(rows):
            if name not in self.figures:
                self.figures[name] = label()
                self._grid.addWidget(label(name, "muted"), at, 0)
                self._grid.addWidget(self.figures[name], at, 1)
            self.figures[name].setText(value)
            self.figures[name].setAccessibleName(name)
        self.remarks.setText("\n".join(map(translated, found.remarks)))
        self.remarks.setVisible(bool(found.remarks))
        self.price.setText(_price(found, billing))
        self.price.setVisible(billing != "none")


def _rows(probed: Probed) -> list[tuple[str, str]]:
    found = probed.abilities
    yes, no = tr("yes"), tr("no")
    model = found.model or (probed.models[0] if probed.models else tr("not named"))
    window = tr("{count} tokens").format(count=number(found.window)) if found.window else tr("not told")
    return [
        (tr("Model tested"), model),
        (tr("Alternatives told at each word"), number(found.top_k) if found.top_k else tr("none")),
        (tr("Tells them while it writes"), yes if found.streams_logprobs else no),
        (tr("Continues an answer"), yes if found.continues else no),
        (tr("Tells token ids"), yes if found.token_ids else no),
        (tr("Longest conversation"), window),
        (tr("The test took"), tr("{seconds} s").format(seconds=number(probed.seconds, 1))),
    ]


def _price(found: Abilities, billing: Billing) -> str:
    begin = tr("This cloud bills by the token.") if billing == "by token" else tr("If it bills by the token:")
    if found.tier in _STEERED:
        rest = tr(
            "A steered answer asks it for more than an unsteered one, as it is asked again after each change; "
            "how much more stands in the figures of each answer."
        )
    else:
        rest = tr("Each answer asks it for one draft, which is as long as an unsteered answer.")
    return f"{begin} {rest}"
