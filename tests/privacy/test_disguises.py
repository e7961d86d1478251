"""No disguise gets a private text past the last gate, wherever in the request it stands."""

from __future__ import annotations

import json
import random
import time

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costeer.foundation.disguises import decoded, private_in, unescaped
from costeer.foundation.errors import TransmissionRefused
from costeer.foundation.folding import comparable
from costeer.foundation.private_texts import PrivateTexts, is_recognisable
from costeer.privacy.exchange import Exchange
from costeer.privacy.guards import PrivateStrings
from tests.privacy.disguising import DISGUISES, Disguise

WORDS = [
    "Zephyrine",
    "Anna-Lena",
    "Straße 7",
    "KX-9917-33-QZ",
    "Łódź",
    "山田太郎",
    "Наталья",
    "Νίκος",
    "O’Brien",
    "Zoë",
]
ALPHABET = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäöüßéñłøçžÅÐабвгдежзиклмнопрстΑβγδεзд山田北京妹茶 -'."
)
PRIVATE = st.one_of(
    st.sampled_from(WORDS),
    st.text(ALPHABET, min_size=3, max_size=40),
    st.text(ALPHABET + "0123456789", min_size=5),
)
AROUND = st.text(st.characters(codec="utf-8", exclude_characters="\\%&="), max_size=30)


def refused(request: httpx.Request, body: bytes, *private: str) -> bool:
    try:
        PrivateStrings(lambda: private)(request, body)
    except TransmissionRefused:
        return True
    return False


def posted(body: bytes, url: str = "https://cloud.example/v1", **headers: str) -> httpx.Request:
    return httpx.Request(
        "POST", url, content=body, headers=headers, extensions=Exchange("answer", "T").extensions()
    )


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda one: one.name)
@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_words_in_disguise(disguise: Disguise, text: str, ascii_only: bool) -> None:
    if not disguise.claims(text) or (disguise.name == "tag characters" and not text.isascii()):
        return
    said = f"I know {disguise.rewrite(text, random.Random(1))} well."
    body = json.dumps({"messages": [{"role": "user", "content": said}]}, ensure_ascii=ascii_only).encode()
    assert refused(posted(body), body, text)
    assert refused(posted(said.encode()), said.encode(), text)


def no_escape(private: str, before: str, after: str, disguise: Disguise, seed: int) -> None:
    private = private.strip()
    if not is_recognisable(comparable(private)) or not disguise.claims(private):
        return
    if disguise.name == "tag characters" and not private.isascii():
        return
    said = f"{before}\n{disguise.rewrite(private, random.Random(seed))}\n{after}"
    body = json.dumps({"prompt": said}).encode()
    assert refused(posted(body), body, private), (disguise.name, private, said)


@given(PRIVATE, AROUND, AROUND, st.sampled_from(DISGUISES), st.integers(0, 2**32))
@settings(max_examples=400, suppress_health_check=[HealthCheck.filter_too_much], deadline=None)
def test_any_text_in_any_disguise(private: str, before: str, after: str, disguise: Disguise, seed: int) -> None:
    no_escape(private, before, after, disguise, seed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@given(PRIVATE, AROUND, AROUND, st.sampled_from(DISGUISES), st.integers(0, 2**32))
@settings(max_examples=100_000, suppress_health_check=list(HealthCheck), deadline=None)
def test_a_hundred_thousand_disguises(
    private: str, before: str, after: str, disguise: Disguise, seed: int
) -> None:
    no_escape(private, before, after, disguise, seed)


def test_what_stands_beside_an_encoded_value_does_not_hide_it() -> None:
    no_escape("Zephyrine", "", "30", next(one for one in DISGUISES if one.name == "hexadecimal, apart"), 0)
    for around in ("41 {} 42", "30{}30", "{}39 39"):
        said = around.format(b"Zephyrine".hex(" "))
        assert refused(posted(said.encode()), said.encode(), "Zephyrine"), said


@given(st.binary(max_size=400), st.lists(st.text(min_size=1), max_size=5))
@settings(max_examples=300, deadline=None)
def test_no_body_crashes_the_gate(body: bytes, private: list[str]) -> None:
    refused(posted(body), body, *private)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_undoing_never_fails(text: str) -> None:
    decoded(unescaped(text))


def test_addresses_and_headers_are_looked_at() -> None:
    assert refused(posted(b"", "https://cloud.example/v1?q=Zephyrine"), b"", "Zephyrine")
    assert refused(posted(b"", "https://cloud.example/%5Aephyrine"), b"", "Zephyrine")
    assert refused(posted(b"", "https://zephyrine.example/"), b"", "Zephyrine")
    assert refused(posted(b"", **{"X-Note": "of Zephyrine"}), b"", "Zephyrine")
    assert not refused(posted(b"", Authorization="Bearer sk-12345678"), b"", "sk-12345678")
    assert not refused(posted(b"{}"), b"{}", "identity", "gzip", "keep-alive")


def test_a_name_that_stands_twice_hides_nothing() -> None:
    body = b'{"prompt": "Zephyrine", "prompt": "nothing"}'
    assert refused(posted(body), body, "Zephyrine")


def test_names_and_roles_of_ones_own_are_looked_at() -> None:
    assert refused(posted(b'{"Zephyrine": 1}'), b'{"Zephyrine": 1}', "Zephyrine")
    body = b'{"messages": [{"role": "Zephyrine", "content": "x"}]}'
    assert refused(posted(body), body, "Zephyrine")


def test_what_the_user_allows_is_sent_for_its_conversation_alone() -> None:
    guard = PrivateStrings(lambda: ["Zephyrine", "Basel"], lambda message: ["ZEPHYRINE"] if message == "m" else [])
    body = b'{"prompt": "Zephyrine"}'

    def asked(message: str, said: bytes) -> httpx.Request:
        return httpx.Request(
            "POST", "https://x", content=said, extensions=Exchange("answer", "T", message).extensions()
        )

    guard(asked("m", body), body)
    with pytest.raises(TransmissionRefused):
        guard(asked("n", body), body)
    with pytest.raises(TransmissionRefused):
        guard(asked("m", b"Zephyrine of Basel"), b"Zephyrine of Basel")


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("Savannah and Annabel like tea.", "Anna"),
        ("Than nap, than that.", "Anna"),
        ("the order number is 5612345678901", "1234567"),
        ("A word about something else entirely.", "Thing"),
        ("What is a therapist?", "the rapist"),
    ],
)
def test_other_words_are_not_the_text(text: str, private: str) -> None:
    body = json.dumps({"prompt": text}).encode()
    assert not refused(posted(body), body, private)


@pytest.mark.slow
def test_time_grows_in_proportion_to_the_body() -> None:
    chance = random.Random(1)
    words = [f"{chance.choice('bcdfgklmnprst')}{chance.choice('aeiou')}{number}" for number in range(3000)]
    private = PrivateTexts(" ".join(chance.choices(words, k=8)) for _ in range(1000))

    def seconds(characters: int) -> float:
        text = " ".join(chance.choices(words, k=characters // 5))
        taken = []
        for _ in range(3):
            start = time.thread_time()
            private_in(text, private)
            taken.append(time.thread_time() - start)
        return min(taken)

    small = seconds(50_000)
    assert seconds(500_000) < 30 * max(small, 0.001)
