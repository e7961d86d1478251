"""The report in words: for somebody who wants to know what left, to whom, when, why and how much.

The sentences are templates, which whoever shows the report says in their language (`foundation.translatable`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from costeer.foundation.translatable import Translatable
from costeer.privacy.ledger import Purpose
from costeer.services.known import KINDS, Kind, KnownString
from costeer.services.ledger_report.figures import Figures, Traffic
from costeer.services.ledger_report.markup import Block, Heading, Listing, Paragraph, Quote, Table, Words

if TYPE_CHECKING:
    from costeer.services.audit import Verification
    from costeer.services.ledger_report.findings import LedgerReport

TITLE = Translatable("What left this computer")

LONGEST_QUOTE = 600
_MOST_DAYS = 62
_SHORTEST_SHOWN = 4
_UNQUOTED: tuple[Kind, ...] = ("template", "setting", "test")
"""Kinds whose texts are the application's own."""

_WHY: dict[Purpose, Translatable] = {
    "answer": Translatable("To have an answer written, or written on from a certain word"),
    "template": Translatable("To have the conversation laid out in the form that the cloud wants"),
    "tokenize": Translatable("To learn into which pieces the cloud cuts a text"),
    "probe": Translatable("To find out what the cloud can do"),
    "training": Translatable("To have answers written from which your preferences are learnt"),
    "augmentation": Translatable("To have texts written from which the personal model learns"),
}
_KINDS: dict[Kind, Translatable] = {
    "about": Translatable("What you allowed to be told about you"),
    "question": Translatable("Your messages"),
    "document": Translatable("Documents that you sent along"),
    "answer": Translatable("Answers, as far as they were written"),
    "ahead": Translatable("Words of the cloud's own that were handed back to it"),
    "other": Translatable("Other texts"),
    "template": Translatable("Marks that the cloud wants around messages"),
    "test": Translatable("Texts for trying out a cloud"),
    "setting": Translatable("Settings of requests"),
}
_ASKED, _SENT, _RECEIVED = Translatable("Times asked"), Translatable("Sent"), Translatable("Received")


def document(report: LedgerReport) -> list[Block]:
    """The whole report, block by block."""
    return [
        *_begin(report),
        *_clouds(report.figures),
        *_times(report.figures),
        *_purposes(report.figures),
        *_texts(report),
        *_private(report),
        *_refused(report.figures),
        *_without_words(report),
        *_state(report.checked),
        *_small_print(report.figures),
    ]


def _begin(report: LedgerReport) -> Iterator[Block]:
    yield Heading(1, TITLE)
    when = _minute(report.made)
    if report.month is None:
        yield Paragraph(Translatable("All that CoSteer has on record. Written on {when}.", when=when))
    else:
        month = f"{report.month:%Y-%m}"
        yield Paragraph(Translatable("In the month {month}. Written on {when}.", month=month, when=when))
    yield from _summary(report.figures)
    yield Paragraph(
        Translatable(
            "A cloud is a computer somewhere that writes answers. CoSteer sends it your question and gets back "
            "the answer, piece by piece. Each time it sends something, it first writes down here what it sends, "
            "and afterwards what came back. This report is made from that record, on this computer, and sent to "
            "nobody."
        )
    )


def _summary(figures: Figures) -> Iterator[Block]:
    """What crossed to other computers, and what only to programs on this one."""
    away = sum((one.traffic for one in figures.clouds if not one.here), Traffic())
    here = sum((one.traffic for one in figures.clouds if one.here), Traffic())
    if not away.requests:
        yield Paragraph(Translatable("Nothing left this computer in this time."), "good")
    else:
        yield Paragraph(
            Translatable(
                "Other computers were asked {requests} times: {up} left this computer, and {down} came back.",
                requests=away.requests,
                up=size(away.up),
                down=size(away.down),
            )
        )
    if here.requests:
        yield Paragraph(
            Translatable(
                "Programs on this computer itself were asked {requests} times: {up} went to them and {down} came "
                "back, none of it over a network.",
                requests=here.requests,
                up=size(here.up),
                down=size(here.down),
            )
        )


def _clouds(figures: Figures) -> Iterator[Block]:
    if not figures.clouds:
        return
    yield Heading(2, Translatable("To whom"))
    named = (Translatable("Cloud"), Translatable("Address"), _ASKED, _SENT, _RECEIVED)
    rows = []
    for one in figures.clouds:
        hosts = ", ".join(one.hosts)
        where: Words = Translatable("{hosts} (this computer)", hosts=hosts) if one.here else hosts
        rows.append((_name(one.endpoint), where, *_cells(one.traffic), _minute(one.first), _minute(one.last)))
    yield Table((*named, Translatable("First"), Translatable("Last")), tuple(rows))


def _times(figures: Figures) -> Iterator[Block]:
    if not figures.days:
        return
    yield Heading(2, Translatable("When"))
    days: Mapping[str, Traffic] = {f"{day:%Y-%m-%d}": traffic for day, traffic in figures.days}
    if len(days) > _MOST_DAYS:
        days = _by_month(figures.days)
    rows = tuple((name, *_cells(one)) for name, one in days.items())
    yield Table((Translatable("Day or month"), _ASKED, _SENT, _RECEIVED), rows)


def _by_month(days: tuple[tuple[date, Traffic], ...]) -> dict[str, Traffic]:
    months: dict[str, Traffic] = {}
    for day, traffic in days:
        months[f"{day:%Y-%m}"] = months.get(f"{day:%Y-%m}", Traffic()) + traffic
    return months


def _purposes(figures: Figures) -> Iterator[Block]:
    if not figures.purposes:
        return
    yield Heading(2, Translatable("Why"))
    rows: tuple[tuple[Words, ...], ...] = tuple(
        (_WHY.get(name, name), *_cells(one)) for name, one in figures.purposes
    )
    yield Table((Translatable("Reason"), _ASKED, _SENT, _RECEIVED), rows)


def _texts(report: LedgerReport) -> Iterator[Block]:
    if not report.texts:
        return
    yield Heading(2, Translatable("What was sent"))
    yield Paragraph(
        Translatable("Each text once, however often it was sent. All requests word for word are in the export.")
    )
    shown: dict[tuple[str, Kind], list[KnownString]] = {}
    for one in report.quoted:
        shown.setdefault((one.endpoint, one.kind), []).append(one)
    for endpoint in dict.fromkeys(one for one, _, _ in report.texts):
        yield Heading(3, _name(endpoint))
        counts = {kind: count for name, kind, count in report.texts if name == endpoint}
        yield Listing(
            tuple(
                Translatable("{kind}: {count}", kind=_KINDS[kind], count=counts[kind])
                for kind in KINDS
                if kind in counts
            )
        )
        for kind in KINDS:
            some = shown.get((endpoint, kind), []) if kind not in _UNQUOTED else []
            for one in some:
                yield Quote(_about(one, _KINDS[kind]), one.text[:LONGEST_QUOTE], _rest(one.text))
            if some and len(some) < counts[kind]:
                more = counts[kind] - len(some)
                yield Paragraph(Translatable("{kind}: {count} more, older ones.", kind=_KINDS[kind], count=more))


def _about(one: KnownString, kind: Translatable) -> Translatable:
    when = _minute(one.last)
    if one.count == 1:
        said = Translatable("{kind}; sent once, on {when}", kind=kind, when=when)
    else:
        said = Translatable("{kind}; sent {count} times, last on {when}", kind=kind, count=one.count, when=when)
    if not one.private_words:
        return said
    return Translatable("{said}; with these words of your profile: {words}", said=said, words=one.private_words)


def _rest(text: str) -> Translatable | None:
    more = len(text) - LONGEST_QUOTE
    return Translatable("… and {count} more characters", count=more) if more > 0 else None


def _private(report: LedgerReport) -> Iterator[Block]:
    yield Heading(2, Translatable("Your private texts"))
    count = report.private_texts
    if not count:
        yield Paragraph(Translatable("There is no text that you have marked private."))
    elif not report.private_found:
        yield Paragraph(
            Translatable(
                "You have {count} private texts (entries of your profile, memories, sentences of private "
                "documents). Every text that was sent was searched for them: none was found.",
                count=count,
            ),
            "good",
        )
    else:
        yield Paragraph(
            Translatable(
                "Of your {count} private texts these were found in what was sent. Perhaps you marked them private "
                "later, or allowed them to be sent; they begin with:",
                count=count,
            ),
            "bad",
        )
        yield Listing(tuple(f"“{one.strip()[:_SHORTEST_SHOWN]}…”" for one in report.private_found))
    if report.private_words:
        yield Paragraph(
            Translatable(
                "Steering wrote these words of your profile into answers, so the cloud has seen them: {words}.",
                words=report.private_words,
            )
        )
    if report.tokens:
        yield Paragraph(
            Translatable(
                "The cloud was told {tokens} pieces of answers, so that it could go on behind them. From which "
                "words these are it could learn at most {bits:.1f} bits about your profile; one bit is the answer "
                "to one question with yes or no.",
                tokens=report.tokens,
                bits=report.leak_bits,
            )
        )


def _refused(figures: Figures) -> Iterator[Block]:
    yield Heading(2, Translatable("What was stopped"))
    if not figures.refused:
        yield Paragraph(Translatable("Nothing had to be stopped."), "good")
        return
    yield Paragraph(
        Translatable(
            "{count} times something was stopped before it left. Of each, nothing was sent. The newest:",
            count=figures.refused,
        )
    )
    guard = Translatable("a private text was in it")
    past = Translatable("it was not announced to the one way out")
    named = (Translatable("When"), Translatable("Where to"), Translatable("Why it was stopped"))
    rows: tuple[tuple[Words, ...], ...] = tuple(
        (_minute(one.when), one.place, guard if one.by_guard else past, Translatable.verbatim(one.detail))
        for one in reversed(figures.refusals)
    )
    yield Table((*named, Translatable("Details")), rows)


def _without_words(report: LedgerReport) -> Iterator[Block]:
    figures, removed = report.figures, report.checked.report.removed
    said = []
    if figures.temporary:
        words = figures.temporary
        said.append(
            Translatable("{count} requests belong to temporary chats, whose words are not kept.", count=words)
        )
    if figures.forgotten:
        said.append(
            Translatable("Of {count} requests the words were forgotten, as you wanted.", count=figures.forgotten)
        )
    if figures.failed:
        said.append(Translatable("{count} requests got no whole answer.", count=figures.failed))
    if figures.unanswered:
        open_ones = figures.unanswered
        said.append(
            Translatable(
                "How {count} requests ended is not on record; perhaps they are under way.", count=open_ones
            )
        )
    if removed:
        said.append(
            Translatable(
                "Entries 1 to {last} were removed because they were older than you wanted to keep them.",
                last=removed,
            )
        )
    if said:
        yield Heading(2, Translatable("What this report cannot show"))
        yield Listing(tuple(said))


def _state(checked: Verification) -> Iterator[Block]:
    yield Heading(2, Translatable("Is the record as it was written?"))
    found = checked.report
    if found.broken is not None:
        yield Paragraph(
            Translatable(
                "No. Entry {number} was changed, removed or moved after it was written. Compare the record with "
                "an earlier export.",
                number=found.broken.sequence,
            ),
            "bad",
        )
        return
    yield Paragraph(
        Translatable(
            "Yes. All {count} entries were checked when this report was made; each holds a mark of the one "
            "before, so that a change would be found.",
            count=found.entries,
        ),
        "good",
    )
    if not found.removed_intact:
        yield Paragraph(
            Translatable("Of the entries that were removed earlier, some were not as they were written."), "bad"
        )
    if found.last is not None:
        yield Paragraph(
            Translatable(
                "Keep this report, or note the mark of the newest entry: whoever changes the record later cannot "
                "bring it back. “costeer ledger verify --expect” checks it."
            )
        )
        yield Quote(Translatable("The mark:"), str(found.last))


def _small_print(figures: Figures) -> Iterator[Block]:
    if not figures.total.requests:
        return
    yield Heading(2, Translatable("How sizes are counted"))
    yield Paragraph(
        Translatable(
            "Sent and received are the bytes of the messages themselves, as they went through the connection."
        )
    )
    if figures.overhead_up or figures.overhead_down:
        yield Paragraph(
            Translatable(
                "The connections took {up} and {down} more for themselves, for encryption above all.",
                up=size(figures.overhead_up),
                down=size(figures.overhead_down),
            )
        )
    if figures.not_counted:
        yield Paragraph(
            Translatable(
                "For {count} requests the sizes could not be counted and were worked out.",
                count=figures.not_counted,
            )
        )


def _name(endpoint: str) -> Words:
    """As a value, which a language may have a word of its own for."""
    return Translatable("{it}", it=endpoint)


def _minute(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def _cells(traffic: Traffic) -> tuple[Words, ...]:
    return Translatable("{it}", it=traffic.requests), size(traffic.up), size(traffic.down)


def size(count: int) -> str:
    """Bytes, in the unit that keeps the figure short."""
    if count < 1000:
        return f"{count} B"
    for unit, step in (("kB", 1e3), ("MB", 1e6)):
        if count < 1000 * step:
            return f"{count / step:.1f} {unit}"
    return f"{count / 1e9:.1f} GB"
