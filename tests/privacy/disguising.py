"""Every way of writing a private text that the last gate has to see through, and how long a text each needs."""

from __future__ import annotations

import base64
import json
import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from costeer.foundation.disguises import LEAST_DECODED
from costeer.foundation.folding import comparable, squeezed, weight
from costeer.foundation.look_alikes import LOOK_ALIKES
from costeer.foundation.private_texts import LEAST_SQUEEZED, LEAST_SQUEEZED_WORDS

Rewrite = Callable[[str, random.Random], str]

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u202a\u202e\u2066\u2069\u061c\ufe0f\U000e0041"
LOOKS: dict[str, list[str]] = {}
for _point, _letter in LOOK_ALIKES.items():
    LOOKS.setdefault(_letter, []).append(chr(_point))


@dataclass(frozen=True)
class Disguise:
    name: str
    rewrite: Rewrite
    least: int = 0
    """Characters, folded. `LEAST_SQUEEZED` stands for the rule of `private_texts` for squeezed ones."""

    def claims(self, text: str) -> bool:
        """Whether the gate says that it sees through this for `text`."""
        folded = comparable(text)
        if self.least == LEAST_SQUEEZED:
            bare = squeezed(folded)
            if folded[0].isdigit() or folded[-1].isdigit():
                return False  # it might be a part of a longer number
            return weight(bare) >= (LEAST_SQUEEZED_WORDS if " " in folded else LEAST_SQUEEZED)
        return len(folded) >= self.least


def _by_look(text: str, chance: random.Random) -> str:
    return "".join(
        chance.choice(LOOKS[one.lower()])
        if one.isascii() and one.lower() in LOOKS and chance.random() < 0.7
        else one
        for one in text
    )


def _between(text: str, chance: random.Random, marks: str) -> str:
    return "".join(one + chance.choice(marks) for one in text)


def _escaped(text: str) -> str:
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _percent(text: str) -> str:
    return "".join(f"%{one:02X}" for one in text.encode())


def _base64(text: str, chance: random.Random, encode: Callable[[bytes], bytes]) -> str:
    """Of a longer text that the value stands in, at any of the three alignments."""
    before = "x" * chance.randrange(3) + " "
    return encode(f"{before}{text} y{'z' * chance.randrange(3)}".encode()).decode()


DISGUISES = (
    Disguise("as it stands", lambda text, _: text),
    Disguise("upper case", lambda text, _: text.upper()),
    Disguise("any case", lambda text, chance: "".join(chance.choice((one.upper(), one.lower())) for one in text)),
    *(
        Disguise(form, lambda text, _, form=form: unicodedata.normalize(form, text))  # type: ignore[misc]
        for form in ("NFC", "NFD", "NFKC", "NFKD")
    ),
    Disguise(
        "full width",
        lambda text, _: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
    ),
    Disguise(
        "mathematical",
        lambda text, _: "".join(chr(0x1D41A + ord(one) - 97) if "a" <= one <= "z" else one for one in text),
    ),
    Disguise("look-alikes", _by_look),
    Disguise("invisible characters", lambda text, chance: _between(text, chance, INVISIBLE)),
    Disguise("right to left", lambda text, _: f"\u202e{text}\u202c"),
    Disguise("letter by letter", lambda text, chance: _between(text, chance, " .-_*/\u00a0"), LEAST_SQUEEZED),
    Disguise("backwards", lambda text, _: text[::-1], LEAST_SQUEEZED),
    Disguise(
        "broken lines", lambda text, _: text[: len(text) // 2] + "-\n" + text[len(text) // 2 :], LEAST_SQUEEZED
    ),
    Disguise("JSON escapes", lambda text, _: _escaped(text)),
    Disguise("JSON escapes, twice", lambda text, _: json.dumps(_escaped(text))[1:-1]),
    Disguise("JSON, twice", lambda text, _: json.dumps(json.dumps(text))),
    Disguise("program escapes", lambda text, _: "".join(f"\\x{one:02x}" for one in text.encode())),
    Disguise("percent", lambda text, _: _percent(text)),
    Disguise("percent, twice", lambda text, _: _percent(text).replace("%", "%25")),
    Disguise("entities", lambda text, _: "".join(f"&#{ord(one)};" for one in text)),
    Disguise("hexadecimal entities", lambda text, _: "".join(f"&#x{ord(one):X};" for one in text)),
    Disguise("quoted-printable", lambda text, _: "".join(f"={one:02X}" for one in text.encode())),
    Disguise("quoted-printable, small", lambda text, _: "".join(f"={one:02x}" for one in text.encode())),
    Disguise("padded entities", lambda text, _: "".join(f"&#{ord(one):012d};" for one in text)),
    Disguise("padded hexadecimal entities", lambda text, _: "".join(f"&#x{ord(one):010X};" for one in text)),
    Disguise("escapes in braces", lambda text, _: "".join(f"\\x{{{ord(one):04x}}}" for one in text)),
    Disguise("code points", lambda text, _: " ".join(f"U+{ord(one):04X}" for one in text)),
    Disguise("tag characters", lambda text, _: "".join(chr(0xE0000 + ord(one)) for one in text if one.isascii())),
    Disguise("base64", lambda text, chance: _base64(text, chance, base64.b64encode), LEAST_DECODED),
    Disguise(
        "base64 for addresses", lambda text, chance: _base64(text, chance, base64.urlsafe_b64encode), LEAST_DECODED
    ),
    Disguise(
        "base64 without its end",
        lambda text, chance: _base64(text, chance, base64.b64encode).rstrip("="),
        LEAST_DECODED,
    ),
    Disguise("base64 alone", lambda text, _: base64.b64encode(text.encode()).decode(), LEAST_DECODED),
    Disguise(
        "base64 in base64",
        lambda text, chance: base64.b64encode(_base64(text, chance, base64.b64encode).encode()).decode(),
        LEAST_DECODED,
    ),
    Disguise(
        "base64 of upper case", lambda text, _: base64.b64encode(text.upper().encode()).decode(), LEAST_DECODED
    ),
    Disguise("hexadecimal", lambda text, _: text.encode().hex(), LEAST_DECODED),
    Disguise("hexadecimal, in pairs", lambda text, _: text.encode().hex(" ", 2), LEAST_DECODED),
    Disguise("hexadecimal, apart", lambda text, _: text.encode().hex(" ").upper(), LEAST_DECODED),
    Disguise(
        "hexadecimal bytes", lambda text, _: ", ".join(f"0x{one:02x}" for one in text.encode()), LEAST_DECODED
    ),
)
