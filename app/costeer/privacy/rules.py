"""What is private by its form: numbers and addresses that identify a person or an account, in any text.

Each rule is a pattern that proposes and a check that decides: a checksum where the number has one, the numbering
plan of its country elsewhere (python-stdnum, phonenumbers; decision 0030 says why these). Texts are read as typed
on a plain keyboard (`as_typed`): the spaces, dashes and digits of web pages and word processors count as those of
ASCII. A rule whose library is not installed is not applied, and `missing_libraries` says so. Time grows with the
text. Pure; any thread.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

RuleName = Literal["card", "iban", "email", "phone", "national_id", "crypto", "ip"]
RULES: tuple[RuleName, ...] = ("card", "iban", "national_id", "crypto", "email", "phone", "ip")
"""The earlier one has what two find."""

LIBRARIES = {"stdnum": "python-stdnum", "phonenumbers": "phonenumberslite"}
"""Module -> the package that has it."""

_NEEDS: dict[RuleName, str] = {
    "card": "stdnum",
    "iban": "stdnum",
    "national_id": "stdnum",
    "crypto": "stdnum",
    "phone": "phonenumbers",
}

IsOne = Callable[[str], bool]

_SHORTEST_IBAN = 15
_MOST_PHONES = 2000
"""Candidates for telephone numbers that are looked into in one text."""


@dataclass(frozen=True, slots=True)
class Hit:
    """`text` stands from `start` to `end`."""

    start: int
    end: int
    rule: RuleName
    text: str


def find(text: str, rules: Collection[RuleName] = RULES, region: str = "") -> list[Hit]:
    """What the rules find, in order, without overlaps: of two the longer one. `region` is the country ("CH") whose
    telephone numbers are recognised without their country code; none where it is empty."""
    typed, places = as_typed(text)
    proposed = [
        _as_written(hit, text, places)
        for rule in RULES
        if rule in rules and _usable(rule)
        for hit in _FINDERS[rule](typed, region)
    ]
    proposed.sort(key=lambda hit: (hit.start - hit.end, RULES.index(hit.rule), hit.start))
    taken = bytearray(len(text))
    kept = []
    for hit in proposed:
        if not any(taken[hit.start : hit.end]):
            taken[hit.start : hit.end] = b"\x01" * (hit.end - hit.start)
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def as_typed(text: str) -> tuple[str, Sequence[int]]:
    """`text` with every space as a blank, every dash as a hyphen, digits and full-width characters as ASCII has
    them and without what cannot be seen; and the place in `text` of each character of that."""
    if text.isascii() and "\t" not in text:
        return text, range(len(text))
    kept: list[str] = []
    places: list[int] = []
    for at, one in enumerate(text):
        typed = one if one.isascii() and one != "\t" else _typed(one)
        if typed:
            kept.append(typed)
            places.append(at)
    return "".join(kept), places


@lru_cache(maxsize=4096)
def _typed(character: str) -> str:
    """One character, or nothing for one that takes no room."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Zs" or character == "\t":
        return " "
    if category == "Pd" or character in _LIKE_HYPHENS:
        return "-"
    if category in ("Cf", "Me") or character in _UNSEEN:
        return ""
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and plain.isascii() else character


_LIKE_HYPHENS = "\u2212\u2043"
_UNSEEN = frozenset("\u034f\u115f\u1160\u3164\uffa0\u2800") | {chr(one) for one in range(0xFE00, 0xFE10)}


def _as_written(hit: Hit, text: str, places: Sequence[int]) -> Hit:
    start, end = places[hit.start], places[hit.end - 1] + 1
    return Hit(start, end, hit.rule, text[start:end])


def missing_libraries() -> list[str]:
    """Packages without which some rules are not applied."""
    return [package for module, package in LIBRARIES.items() if not _installed(module)]


def _usable(rule: RuleName) -> bool:
    return rule not in _NEEDS or _installed(_NEEDS[rule])


@lru_cache(maxsize=len(LIBRARIES))
def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _matches(pattern: re.Pattern[str], rule: RuleName, text: str, is_one: IsOne) -> Iterator[Hit]:
    for match in pattern.finditer(text):
        if is_one(match.group()):
            yield Hit(match.start(), match.end(), rule, match.group())


_EMAIL = re.compile(
    r"(?<![\w.+%'-])[\w+%'-]{1,64}(?:\.[\w+%'-]{1,64}){0,8}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![^\W_]|-)"
)
_RESERVED = re.compile(r"@(?:.*\.)?(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$", re.IGNORECASE)
"""Nobody's, by RFC 2606."""


def _emails(text: str, _: str) -> Iterator[Hit]:
    yield from _matches(_EMAIL, "email", text, lambda one: _RESERVED.search(one) is None)


_CARD = re.compile(
    r"(?<![^\W_])(?<!\.)[2-6](?:[ -]{0,2}[0-9]){12,18}(?![^\W_]|[.][0-9])"
    r"|(?<![^\W_])[2-6][0-9]{3}(?P<gap>[\W_]{1,3})(?:[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}|[0-9]{6}(?P=gap)[0-9]{5})(?![^\W_])"
)
"""Digits with blanks or hyphens between them; or in a card's own groups, whatever stands between these."""


def _cards(text: str, _: str) -> Iterator[Hit]:
    from stdnum import luhn

    def is_one(candidate: str) -> bool:
        digits = re.sub(r"\D", "", candidate)
        return len(set(digits)) > 1 and bool(luhn.is_valid(digits))

    yield from _matches(_CARD, "card", text, is_one)


_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ ./-]{0,2}[A-Z0-9]){11,30}(?![^\W_])", re.IGNORECASE | re.ASCII)
_SEPARATOR = re.compile(r"[ ./-]+")


def _ibans(text: str, _: str) -> Iterator[Hit]:
    from stdnum import iban

    for match in _IBAN.finditer(text):
        candidate = match.group()
        ends = [*(gap.start() for gap in _SEPARATOR.finditer(candidate)), len(candidate)]
        for end in reversed(ends):  # the words behind it are no part of it
            if end >= _SHORTEST_IBAN and iban.is_valid(_SEPARATOR.sub("", candidate[:end])):
                yield Hit(match.start(), match.start() + end, "iban", candidate[:end])
                break


def _phones(text: str, region: str) -> Iterator[Hit]:
    import phonenumbers

    found = phonenumbers.PhoneNumberMatcher(text, region or None, max_tries=_MOST_PHONES)
    for match in found:
        yield Hit(match.start, match.end, "phone", match.raw_string)


_IDS = {
    name: re.compile(rf"(?<![^\W_])(?<![.-]){pattern}(?![^\W_]|-)")
    for name, pattern in (
        ("us", r"\d{3}-\d{2}-\d{4}"),
        ("ca", r"\d{3}([ -])\d{3}\1\d{3}"),
        ("gb", r"\d{3} \d{3} \d{4}"),
        ("fr", r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}"),
        ("de", r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
        ("ch", r"756\.?\d{4}\.?\d{4}\.?\d{2}"),
        ("es", r"\d{8}-?[A-Z]"),
        ("es, foreign", r"[XYZ]-?\d{7}-?[A-Z]"),
        ("it", r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]"),
        ("pl", r"\d{11}"),
        ("se", r"(?:\d{2})?\d{6}[-+]\d{4}"),
        ("fi", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]"),
        ("dk", r"\d{6}-\d{4}"),
        ("no", r"\d{6} ?\d{5}"),
        ("be", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"),
        ("br", r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
        ("cn", r"\d{17}[\dX]"),
        ("in", r"\d{4} \d{4} \d{4}"),
        ("kr", r"\d{6}-\d{7}"),
        ("mx", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d"),
    )
}
"""By country: how its number of a person is written. Without separators only those with a strict checksum."""


@lru_cache(maxsize=1)
def _id_checks() -> dict[str, IsOne]:
    from stdnum.be import nn as be
    from stdnum.br import cpf as br
    from stdnum.ca import sin as ca
    from stdnum.ch import ssn as ch
    from stdnum.cn import ric as cn
    from stdnum.de import idnr as de
    from stdnum.dk import cpr as dk
    from stdnum.es import dni as es
    from stdnum.es import nie as es_foreign
    from stdnum.fi import hetu as fi
    from stdnum.fr import nir as fr
    from stdnum.gb import nhs as gb
    from stdnum.in_ import aadhaar as in_
    from stdnum.it import codicefiscale as it
    from stdnum.kr import rrn as kr
    from stdnum.mx import curp as mx
    from stdnum.no import fodselsnummer as no
    from stdnum.pl import pesel as pl
    from stdnum.se import personnummer as se
    from stdnum.us import ssn as us

    checks = (
        *(("be", be), ("br", br), ("ca", ca), ("ch", ch), ("cn", cn), ("de", de), ("dk", dk), ("es", es)),
        *(("es, foreign", es_foreign), ("fi", fi), ("fr", fr), ("gb", gb), ("in", in_), ("it", it), ("kr", kr)),
        *(("mx", mx), ("no", no), ("pl", pl), ("se", se), ("us", us)),
    )
    return {name: module.is_valid for name, module in checks}


def _national_ids(text: str, _: str) -> Iterator[Hit]:
    checks = _id_checks()
    for name, pattern in _IDS.items():
        yield from _matches(pattern, "national_id", text, checks[name])


_BITCOIN = re.compile(
    r"(?<!\w)(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,87}|BC1[02-9AC-HJ-NP-Z]{11,87})(?!\w)"
)
_TAPROOT = re.compile(r"(?<!\w)bc1p[02-9ac-hj-np-z]{58}(?!\w)")  # its checksum is one that stdnum does not know
_ETHEREUM = re.compile(r"(?<!\w)0x[0-9a-fA-F]{40}(?!\w)")


def _wallets(text: str, _: str) -> Iterator[Hit]:
    from stdnum import bitcoin

    yield from _matches(_BITCOIN, "crypto", text, bitcoin.is_valid)
    yield from _matches(_TAPROOT, "crypto", text, lambda _: True)
    yield from _matches(_ETHEREUM, "crypto", text, lambda _: True)


_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)|(?=[0-9a-fA-F]{0,4}:[0-9a-fA-F:]*:)[0-9a-fA-F:]{3,39}(?![\w:]))"
)
_VERSION = re.compile(r"(?:\bv|version|release)\s?$", re.IGNORECASE)


def _addresses(text: str, _: str) -> Iterator[Hit]:
    """Of the internet at large: those of a home network, and of documentation, tell nobody apart."""

    def is_one(candidate: str) -> bool:
        try:
            return ipaddress.ip_address(candidate).is_global
        except ValueError:
            return False

    for hit in _matches(_IP, "ip", text, is_one):
        if _VERSION.search(text, max(0, hit.start - 10), hit.start) is None:
            yield hit


_FINDERS: dict[RuleName, Callable[[str, str], Iterator[Hit]]] = {
    "card": _cards,
    "iban": _ibans,
    "email": _emails,
    "phone": _phones,
    "national_id": _national_ids,
    "crypto": _wallets,
    "ip": _addresses,
}
