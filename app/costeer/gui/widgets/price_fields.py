"""What a million tokens cost at a cloud, typed by the user."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QLocale
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from costeer.foundation.errors import BadInput
from costeer.foundation.settings import EndpointSettings
from costeer.gui.widgets.parts import label, restyle
from costeer.gui.wording import counted, number, tr, translated
from costeer.services.costs import Cost
from costeer.services.endpoint_book import check_prices

_CURRENCY = EndpointSettings("", "").currency
"""Whose prices an endpoint has where nothing else is said."""

_LONGEST_REPEATED = 20
_LEAST_SHOWN = 0.0001


@dataclass(frozen=True, slots=True)
class Prices:
    """For a million tokens of prompt and of answer; both 0 where they are not known."""

    of_input: float
    of_output: float
    currency: str


class PriceFields(QWidget):
    """Two prices and their currency in one row. `words`, for whoever lays this out to put below it, is one
    sentence: what they are, or what is wrong.

    Empty means not known. What is wrong with a field is said when it is left, what is missing when the whole is
    asked for; it is no longer said as soon as it is mended.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.of_input, self.of_output, self.currency = QLineEdit(), QLineEdit(), QLineEdit()
        self.words = label(tone="muted", wrap=True)
        self._whole = False
        self._problem: str = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for field, name, what in (
            (self.of_input, self.tr("Price of a million tokens of prompts"), self.tr("for prompts,")),
            (self.of_output, self.tr("Price of a million tokens of answers"), self.tr("for answers, in")),
            (self.currency, self.tr("Currency of the prices"), ""),
        ):
            field.setAccessibleName(name)
            field.textEdited.connect(self._on_edited)
            field.editingFinished.connect(self._on_left)
            row.addWidget(field, 1)
            if what:
                row.addWidget(label(what))
                field.setPlaceholderText(self.tr("not known"))
        self.clear()

    def clear(self) -> None:
        self.put(0.0, 0.0, _CURRENCY)

    def put(self, of_input: float, of_output: float, currency: str) -> None:
        known = bool(of_input or of_output)
        self.of_input.setText(_as_typed(of_input) if known else "")
        self.of_output.setText(_as_typed(of_output) if known else "")
        self.currency.setText(currency)
        self._whole = False
        self._say(None)

    def checked(self) -> Prices | None:
        """What the fields say; None, with the reason shown and the field in focus, where that are no prices."""
        self._whole = True
        wrong = self._wrong()
        self._say(wrong)
        if wrong is not None:
            wrong[0].setFocus()
            wrong[0].selectAll()
            return None
        currency = self.currency.text().strip() or _CURRENCY
        return Prices(_price(self.of_input.text()) or 0.0, _price(self.of_output.text()) or 0.0, currency)

    def _wrong(self) -> tuple[QLineEdit, str] | None:
        """The first field that is wrong, and why; what is missing counts once the whole has been asked for."""
        typed: list[float | None] = []
        for field in (self.of_input, self.of_output):
            try:
                price = _price(field.text())
                check_prices(price or 0.0, 0.0, _CURRENCY)
            except BadInput as error:
                return field, translated(error.said)
            typed.append(price)
        if self._whole and typed.count(None) == 1:
            missing = (self.of_input, self.of_output)[typed.index(None)]
            return missing, self.tr("Enter both prices, or neither; 0 is for what costs nothing.")
        if self._whole and None not in typed and not self.currency.text().strip():
            return self.currency, self.tr("Enter the currency of the prices, such as {currency}.").format(
                currency=_CURRENCY
            )
        return None

    def _on_left(self) -> None:
        self._say(self._wrong())

    def _on_edited(self) -> None:
        if self._problem:
            self._say(self._wrong())

    def _say(self, wrong: tuple[QLineEdit, str] | None) -> None:
        problem = wrong[1] if wrong else ""
        new = problem != self._problem
        self._problem = problem
        self.words.setText(
            problem or self.tr("For a million tokens each. Where they are not known, only tokens are counted.")
        )
        self.words.setProperty("tone", "error" if problem else "muted")
        restyle(self.words)
        for field in (self.of_input, self.of_output, self.currency):
            here = wrong is not None and wrong[0] is field
            field.setAccessibleDescription(problem if here else "")
            field.setProperty("wrong", here)
            restyle(field)
        if problem and new:
            QAccessible.updateAccessibility(QAccessibleEvent(self.words, QAccessible.Event.Alert))


def cost_words(cost: Cost | None) -> str:
    """What a month has cost at a cloud; None: nothing was asked there."""
    if cost is None:
        return tr("Nothing was asked here this month.")
    said = tr("This month: {answers}, {sent} sent, {written} written").format(
        answers=counted(cost.answers, tr("{count} answer"), tr("{count} answers")),
        sent=counted(cost.input_tokens, tr("{count} token"), tr("{count} tokens")),
        written=number(cost.output_tokens),
    )
    if cost.money is None or cost.extra_money is None:
        return f"{said}."
    return tr("{said}; {money} {currency}, {extra} of it because of steering.").format(
        said=said, money=_money(cost.money), currency=cost.currency, extra=_money(cost.extra_money)
    )


def _money(amount: float) -> str:
    """What is not quite nothing is not shown as nothing."""
    if 0.0 < amount < _LEAST_SHOWN:
        return tr("less than {least}").format(least=number(_LEAST_SHOWN, 4))
    return number(amount, 4 if amount else 0)


def _as_typed(price: float) -> str:
    """As short as it can be read back."""
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    return locale.toString(price, "f", QLocale.FloatingPointPrecisionOption.FloatingPointShortest.value)


def _price(text: str) -> float | None:
    """None for an empty field. Raises BadInput for what is no number.

    A decimal point is understood everywhere, as price lists have it. Signs between thousands are not: what is one
    in one language is the decimal sign of another, and the price would be a thousand times another.
    """
    text = text.strip()
    if not text:
        return None
    for locale in (QLocale(), QLocale.c()):
        locale.setNumberOptions(QLocale.NumberOption.RejectGroupSeparator)
        value, understood = locale.toDouble(text)
        if understood and math.isfinite(value):
            return value
    raise BadInput(
        "“{text}” is no price; write a number, such as {example}, or leave the field empty.",
        text=text[:_LONGEST_REPEATED],
        example=_as_typed(0.15),
    )
