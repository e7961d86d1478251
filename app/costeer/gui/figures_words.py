"""The figures of an answer as names and values, for the panel that folds out below it."""

from __future__ import annotations

from costeer.gui.wording import bits_of_budget, counted, going_on_words, name_words, number, size, tier_words, tr
from costeer.services.costs import Cost
from costeer.storage.records import BY_THE_USER, AnswerFigures


def figure_rows(figures: AnswerFigures, cost: Cost) -> list[tuple[str, str]]:
    """What an answer took, in the order in which it is asked for most."""
    if figures.written_by == BY_THE_USER:
        return [(tr("Written by"), tr("you")), (tr("Later"), going_on_words(figures))]
    here = figures.tier == "D"
    rows = [
        (tr("Tokens"), number(figures.tokens)),
        (tr("Changed by steering"), _share(figures.steered_tokens, figures.tokens)),
        (tr("Time"), tr("{seconds} s").format(seconds=number(figures.seconds, 1))),
        (tr("Tokens per second"), _rate(figures)),
        (tr("Cost"), _money(cost)),
        (tr("Round trips"), number(figures.round_trips)),
        (tr("Sent"), size(figures.bytes_up)),
        (tr("Received"), size(figures.bytes_down)),
        (tr("Leak bits, at most"), bits_of_budget(figures.leak_bits, figures.leak_budget)),
        (tr("How"), tr("Written on this computer") if here else tier_words(figures.tier)),
    ]
    if figures.written_by:
        rows.append((tr("Written by"), name_words(figures.written_by)))
    return rows


def _share(part: int, of: int) -> str:
    if not of:
        return number(part)
    return tr("{count} ({percent} %)").format(count=number(part), percent=number(100 * part / of))


def _rate(figures: AnswerFigures) -> str:
    return number(figures.tokens / figures.seconds, 1) if figures.seconds > 0 else tr("not measured")


def _money(cost: Cost) -> str:
    """In money where prices are entered; else what would be counted."""
    if cost.money is not None:
        shown = tr("{money} {currency}").format(money=number(cost.money, 4), currency=cost.currency)
        if not cost.extra_money:
            return shown
        return tr("{money}, of which {extra} for steering").format(money=shown, extra=number(cost.extra_money, 4))
    sent = counted(cost.input_tokens, tr("{count} token sent"), tr("{count} tokens sent"))
    written = counted(cost.output_tokens, tr("{count} written"), tr("{count} written"))
    if not cost.endpoint:
        return tr("nothing: no cloud was asked")
    return tr("no prices entered ({sent}, {written})").format(sent=sent, written=written)
