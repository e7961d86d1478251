"""The report says what the ledger says, to anybody, and nothing hostile in it can do anything."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.integration.conftest import paths_in
from tests.storage.material import record

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.door import Refusal
from costeer.foundation.errors import BadInput, Cancelled, KnownError
from costeer.privacy.ledger import Kind, Purpose
from costeer.privacy.recording import NOT_KEPT
from costeer.services.ledger_report import LedgerReport, ReportFormat, form_of, text_of
from costeer.services.ledger_report.document import size
from costeer.services.ledger_report.figures import Traffic
from costeer.services.ledger_report.markup import (
    Block,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Table,
    as_html,
    as_markdown,
)
from costeer.storage.repositories import LedgerRepository

MAY, JUNE = datetime(2026, 5, 20, 12, tzinfo=UTC), datetime(2026, 6, 3, 12, tzinfo=UTC)


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Application]:
    with open_application(paths_in(tmp_path / "home")) as opened:
        yield opened


def put(
    app: Application,
    exchange: str,
    when: datetime,
    *,
    body: str = "{}",
    purpose: Purpose = "answer",
    endpoint: str = "demo",
    url: str = "http://127.0.0.1:1/v1",
    outcome: Kind | None = "response",
    message_id: str | None = None,
    counted: tuple[int, int, int] | None = None,
) -> None:
    """`counted`: bytes sent, and the overhead up and down."""
    ledger = LedgerRepository(app._database)
    base = record(1, body=body, message_id=message_id)
    place = dataclasses.replace(base, exchange=exchange, purpose=purpose, endpoint=endpoint, url=url)
    ledger.append(dataclasses.replace(place, time=when.isoformat(), size=100))
    if outcome is not None:
        sent, up, down = counted or (None, None, None)
        later = (when + timedelta(seconds=1)).isoformat()
        answer = dataclasses.replace(place, kind=outcome, body="", size=1000, time=later)
        ledger.append(dataclasses.replace(answer, sent=sent, overhead_up=up, overhead_down=down))


def question(text: str) -> str:
    return json.dumps({"messages": [{"role": "user", "content": text}]})


def filled(app: Application) -> None:
    put(app, "a", MAY, body=question("Where is Zürich?"), counted=(90, 30, 40))
    put(app, "b", MAY, purpose="probe", endpoint="Far", url="https://far.example/v1/models")
    put(
        app, "c", JUNE, body=question("And Bern?"), endpoint="Far", url="https://far.example/v1", outcome="failure"
    )
    put(app, "d", JUNE, body=f"{NOT_KEPT}; sha256 0", message_id="t")
    put(app, "e", JUNE, outcome=None)
    app.audit.write_refusal(Refusal("evil.example", 443, "some.library"))


def test_the_figures_are_those_of_the_ledger(quiet: Application) -> None:
    filled(quiet)
    figures = quiet.ledger_report.make().figures
    assert figures.total == Traffic(5, 90 + 4 * 100, 4000)
    assert [(one.endpoint, one.hosts, one.here, one.traffic.requests) for one in figures.clouds] == [
        ("Far", ("far.example",), False, 2),
        ("demo", ("127.0.0.1",), True, 3),
    ]
    assert [day for day, _ in figures.days] == [MAY.astimezone().date(), JUNE.astimezone().date()]
    assert [(name, one.requests) for name, one in figures.purposes] == [("answer", 4), ("probe", 1)]
    assert (figures.overhead_up, figures.overhead_down, figures.not_counted) == (30, 40, 4)
    assert (figures.unanswered, figures.failed, figures.temporary, figures.forgotten) == (1, 1, 1, 0)
    assert [(one.by_guard, one.place) for one in figures.refusals] == [(False, "evil.example:443")]
    month = quiet.ledger_report.make(date(2026, 5, 7))
    assert month.figures.total.requests == 2
    assert [one.text for one in month.quoted if one.kind == "question"] == ["Where is Zürich?"]
    assert month.checked.entries == 10, "all of it is checked"


def test_it_says_so_in_words(quiet: Application) -> None:
    quiet.profile.add("fact", "My sister is called Zephyrine.")
    filled(quiet)
    head = quiet.audit.head()
    forms: tuple[ReportFormat, ...] = ("markdown", "html")
    for form in forms:
        text = text_of(quiet.ledger_report.make(), form)
        for said in (
            *(
                "Other computers were asked 2 times",
                "itself were asked 3 times",
                "Where is Zürich?",
                "To find out what the cloud can do",
            ),
            *("1 private texts", "none was found", "1 requests belong to temporary chats", str(head)),
            *("it was not announced to the one way out", "evil.example", "Yes. All 10 entries were checked"),
        ):
            assert said in text, said
    assert "Zürich" not in text_of(quiet.ledger_report.make(words=False), "html")


def test_a_private_text_that_did_leave_is_named(quiet: Application) -> None:
    put(quiet, "a", MAY, body=question("My sister is called Zephyrine."))
    quiet.profile.add("fact", "My sister is called Zephyrine.")
    report = quiet.ledger_report.make()
    assert report.private_found == ("My sister is called Zephyrine.",)
    text = text_of(report, "markdown")
    assert "these were found in what was sent" in text
    assert "“My s…”" in text


def test_a_ledger_that_was_tampered_with_says_no(quiet: Application) -> None:
    filled(quiet)
    with quiet._database.writing() as session:
        connection = session.connection()
        connection.exec_driver_sql("DROP TRIGGER ledger_keeps_entries")
        change = "time = 'never', url = 'http://[', endpoint = x'ff'"
        connection.exec_driver_sql(f"UPDATE ledger SET {change} WHERE sequence = 3")
    report = quiet.ledger_report.make()
    assert (report.checked.ok, report.checked.first_broken) == (False, 3)
    assert "No. Entry 3 was changed" in text_of(report, "markdown")
    assert report.figures.total.requests == 4


def test_an_empty_ledger_has_a_report_too(quiet: Application) -> None:
    text = text_of(quiet.ledger_report.make(), "html")
    assert "Nothing left this computer" in text
    assert "There is no text that you have marked private." in text


def test_it_is_plain_for_programs(quiet: Application) -> None:
    filled(quiet)
    value = json.loads(json.dumps(quiet.ledger_report.make().plain()))
    assert value["figures"]["total"] == {"requests": 5, "up": 490, "down": 4000}
    assert value["checked"]["ok"] is True


def test_a_long_ledger_can_be_left_unread(quiet: Application) -> None:
    filled(quiet)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        quiet.ledger_report.make(cancel=cancel)


def test_files(quiet: Application, tmp_path: Path) -> None:
    report = quiet.ledger_report.make()
    for name, start in (("a.HTML", "<!doctype html>"), ("a.md", "# What left")):
        file = tmp_path / name
        quiet.ledger_report.write(report, file, form_of(file))
        assert file.read_text(encoding="utf-8").startswith(start)
    with pytest.raises(BadInput, match=r"a\.pdf"):
        form_of(tmp_path / "a.pdf")
    with pytest.raises(KnownError, match="cannot be written"):
        quiet.ledger_report.write(report, tmp_path / "nowhere" / "a.md", "markdown")


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


HOSTILE = [
    "<script>alert(1)</script>",
    "![x](http://evil.example/a.png)",
    "[x](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "```\n# out\n```",
    "````````\n<b>",
    "| a | b |\n|---|---|",
    "</pre></body><iframe src=http://evil.example>",
    "&lt;script&gt;",
    "http://evil.example www.evil.example me@evil.example",
    "\x1b]0;evil\x07 \u202e live \x00",
    "- list\n1. list\n# heading\n> quote\n---\n===",
    "$x^2$ ~~gone~~ **bold** `code` <http://evil.example>",
]
SIGNS = st.text(alphabet="`<>[]()!#|*_-&;:/.\\\n ", max_size=40)
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=60) | SIGNS
BLOCKS = st.one_of(
    st.builds(Heading, st.integers(1, 3), TEXTS),
    st.builds(Paragraph, TEXTS, st.sampled_from(["", "good", "bad"])),
    st.builds(Listing, st.lists(TEXTS, min_size=1, max_size=3).map(tuple)),
    st.builds(Quote, TEXTS, TEXTS),
    st.builds(Table, st.tuples(TEXTS, TEXTS), st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)),
)
OURS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "h1",
    "h2",
    "h3",
    "p",
    "ul",
    "li",
    "pre",
    "table",
    "thead",
}
OURS |= {"tbody", "tr", "th", "td"}


@given(st.lists(BLOCKS, max_size=4), TEXTS)
def test_nothing_hostile_becomes_markup_on_the_page(blocks: list[Block], title: str) -> None:
    page = Page(as_html(blocks, title))
    assert {tag for tag, _ in page.tags} <= OURS
    for tag, attributes in page.tags:
        allowed = {"meta": {"charset", "http-equiv", "content", "name"}, "p": {"class"}, "th": {"scope"}}
        assert {name for name, _ in attributes} <= allowed.get(tag, set()), (tag, attributes)
    assert not any(one in text for text in page.texts for one in "\x1b\x00\u202e\x07")


@given(st.lists(BLOCKS, max_size=4))
def test_nothing_hostile_becomes_markup_in_markdown(blocks: list[Block]) -> None:
    """With everything on that a viewer may have on: HTML, tables, addresses that become links."""
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    text = as_markdown(blocks)
    ours = {"heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td"}
    for one in reader.parse(text):
        kind = one.type.removesuffix("_open").removesuffix("_close")
        assert kind in {*ours, "inline", "fence"}, (one.type, text)
        assert all(child.type == "text" for child in one.children or ()), (one, text)
    assert not any(one in text for one in "\x1b\x00\u202e\x07")


def test_every_quotation_is_whole() -> None:
    for hostile in HOSTILE:
        (fence,) = [one for one in MarkdownIt().parse(as_markdown([Quote("x", hostile)])) if one.type == "fence"]
        shown = hostile.replace("\x1b", "\\x1b").replace("\x07", "\\x07").replace("\x00", "\\x00")
        assert fence.content.rstrip("\n") == shown.replace("\u202e", "\\x202e").rstrip("\n")


def test_sizes_are_short() -> None:
    assert [size(one) for one in (0, 999, 1000, 999_999, 1_500_000, 2_000_000_000)] == [
        *("0 B", "999 B", "1.0 kB", "1000.0 kB", "1.5 MB", "2.0 GB"),
    ]


def test_every_field_of_the_report_is_told_to_programs(quiet: Application) -> None:
    assert set(quiet.ledger_report.make().plain()) == {one.name for one in dataclasses.fields(LedgerReport)}
