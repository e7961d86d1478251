"""What the rules find, what they leave alone, and that no text makes them slow."""

from __future__ import annotations

import itertools
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.privacy import rules
from costeer.privacy.rules import RuleName, find, missing_libraries

pytestmark = pytest.mark.skipif(bool(missing_libraries()), reason="python-stdnum or phonenumbers is not installed")

FOUND: dict[RuleName, list[str]] = {
    "card": ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "6011000000000004"],
    "iban": [
        "DE89 3704 0044 0532 0130 00",
        "CH9300762011623852957",
        "gb82 west 1234 5698 7654 32",
        "FR14 2004 1010 0505 0001 3M02 606",
        "MT84MALT011000012345MTLCAST001S",
    ],
    "email": ["zephyrine.k+x@mail.posteo.de", "a@b.co", "o'brien@ex.com", "josé@correo.mx"],
    "ip": ["84.17.52.4", "2001:4860:4860::8888"],
    "crypto": [
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "0x52908400098527886E0F7030069857D2E4169EE7",
    ],
    "phone": ["+41 44 668 18 00", "(212) 555-0147", "+49 30 901820"],
    "national_id": [
        *("536-22-1234", "756.9217.0769.85", "1 85 05 78 006 084 91", "12345678Z", "RCCMNL83S18D969H"),
        *("44051401359", "811228-9874", "131052-308T", "390.533.447-05", "11010519491231002X", "943 476 5919"),
    ],
}
NOT_FOUND = [
    *("4111 1111 1111 1112", "1234567812345678", "a@b", "me@example.com", "x@shop.test", "version 8.8.8.8"),
    *("192.168.0.1", "127.0.0.1", "1.2.3", "in 2024-2025", "3.14159265", "12:30:45", "std::vector", "1999-12-31"),
    *("000-12-3456", "GB82 WEST 1234 5698 7654 33"),
]


@pytest.mark.parametrize(("rule", "text"), [(rule, one) for rule, some in FOUND.items() for one in some])
def test_what_identifies_is_found_as_it_stands(rule: RuleName, text: str) -> None:
    (hit,) = find(f"I know {text} well, and so on.", region="US")
    assert (hit.rule, hit.text, hit.start, hit.end) == (rule, text, 7, 7 + len(text))
    others = [one for one in rules.RULES if one != rule]
    assert all(one.rule != rule for one in find(f"I know {text} well.", others, "US"))


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert find(f"I know {text} well.", region="US") == []


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2009", "\t", "  ", "\u2013", "\u2011", " \u200b"])
@pytest.mark.parametrize(
    ("rule", "text"),
    [("card", "4111 1111 1111 1111"), ("iban", "DE89 3704 0044 0532 0130 00"), ("phone", "+41 44 668 18 00")],
)
def test_the_blanks_of_web_pages_hide_nothing(rule: RuleName, text: str, blank: str) -> None:
    """What is copied from a statement of a bank has blanks that do not break, and others between the groups."""
    text = text.replace(" ", blank)
    (hit,) = find(f"I know\u00a0{text} well, née so.", region="US")
    assert (hit.rule, hit.text, hit.start, hit.end) == (rule, text, 7, 7 + len(text))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        *(("card", "4111.1111.1111.1111"), ("card", "3400/000000/00009"), ("card", "4111\n1111\n1111\n1111")),
        *(("card", "４１１１ １１１１ １１１１ １１１１"), ("card", "4\u200b111\u00ad1111\u20601111\ufeff1111")),
        *(("iban", "DE89/3704/0044/0532/0130/00"), ("iban", "ＤＥ８９ 3704 0044 0532 0130 00")),
        *(("email", "zephyrine＠posteo．de"), ("email", "zephy\u00adrine@posteo\u200b.de")),
        *(("national_id", "756\u200b.9217.0769.85"), ("national_id", "536\u201122\u20111234")),
    ],
)
def test_other_ways_to_write_the_same(rule: RuleName, text: str) -> None:
    (hit,) = find(f"I know {text} well.", region="US")
    assert (hit.rule, hit.text, hit.start, hit.end) == (rule, text, 7, 7 + len(text))


@pytest.mark.parametrize("rule", ["card", "iban", "email", "national_id"])
def test_markdown_around_it_hides_nothing(rule: RuleName) -> None:
    for text in FOUND[rule]:
        (hit,) = find(f"I know _{text}_ well.", region="US")
        assert (hit.rule, hit.text.strip("_")) == (rule, text)


def test_telephone_numbers_of_a_country_need_the_country() -> None:
    assert find("Call 044 668 18 00 now.") == []
    assert [one.rule for one in find("Call 044 668 18 00 now.", region="CH")] == ["phone"]


@given(st.text(max_size=300))
def test_hits_are_in_order_and_apart(text: str) -> None:
    hits = find(text, region="US")
    assert all(text[one.start : one.end] == one.text for one in hits)
    assert all(one.end <= other.start for one, other in itertools.pairwise(hits))


@pytest.mark.slow
@pytest.mark.parametrize("part", ["1 ", "a.a", "a@", "4", "DE12", "::1", "1.1", "AB12 ", "+1 ", "a-b.", "(1) "])
def test_no_text_takes_longer_than_its_length(part: str) -> None:
    start = time.thread_time()
    find(part * (200_000 // len(part)), region="US")
    assert time.thread_time() - start < 5


def test_a_rule_without_its_library_is_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_installed", lambda module: module != "stdnum")
    assert missing_libraries() == ["python-stdnum"]
    assert find("4111 1111 1111 1111") == []
    assert [one.rule for one in find(json.dumps("a@b.co"))] == ["email"]
