"""No disguise gets a private string past the guard, and the guard does not give it away itself."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.foundation.errors import BugError, TransmissionRefused
from costeer.privacy.exchange import Exchange
from costeer.privacy.guards import PrivateStrings

SECRET = "My daughter Zoë goes to the Straße school."


def check(body: bytes, *private: str, spelled: str = "") -> None:
    exchange = Exchange("answer", "Test", spelled=spelled)
    request = httpx.Request("POST", "https://cloud.example/v1", content=body, extensions=exchange.extensions())
    PrivateStrings(lambda: private)(request, body)


@pytest.mark.parametrize(
    "disguised",
    [
        SECRET,
        SECRET.upper(),
        SECRET.replace(" ", "\n\t  "),
        SECRET.replace("ë", "e\u0308"),
        SECRET.replace("Zoë", "Ｚｏë"),
        SECRET.replace("Straße", "STRASSE"),
        SECRET.replace("daughter", "daugh\u200bter"),
        SECRET.replace("daughter", "daugh\u00adter"),
        SECRET.replace(" ", "\u00a0"),
        "before " + SECRET + " after",
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_disguises_are_seen_through(disguised: str, ascii_only: bool) -> None:
    nested = {"messages": [{"role": "user", "content": [{"text": disguised}]}]}
    with pytest.raises(TransmissionRefused):
        check(json.dumps(nested, ensure_ascii=ascii_only).encode(), SECRET)
    with pytest.raises(TransmissionRefused):
        check(disguised.encode(), SECRET)


def test_every_character_escaped() -> None:
    escaped = "".join(f"\\u{ord(one):04x}" for one in SECRET)
    with pytest.raises(TransmissionRefused):
        check(f'{{"prompt": "{escaped}"}}'.encode(), SECRET)


def test_keys_are_strings_too() -> None:
    with pytest.raises(TransmissionRefused):
        check(json.dumps({SECRET: 1}).encode(), SECRET)


def test_what_token_ids_spell_is_looked_at() -> None:
    with pytest.raises(TransmissionRefused):
        check(b'{"prompt": [1, 2, 3]}', SECRET, spelled="I know that " + SECRET.lower())
    check(b'{"prompt": [1, 2, 3]}', SECRET, spelled="I know nothing.")


@given(st.text(max_size=20), st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_any_text_is_found_in_any_other(before: str, private: str, after: str) -> None:
    # Separated by spaces: what is composed of characters of two texts is neither of them.
    body = json.dumps({"prompt": f"{before} x{private}x {after}"}).encode()
    guarded = f"x{private}x"
    if len(" ".join(guarded.split())) > 12:
        with pytest.raises(TransmissionRefused):
            check(body, guarded)


@pytest.mark.parametrize(
    "disguised", [SECRET[:-1], SECRET.replace(" ", " — "), f"“{SECRET}”", SECRET.replace(" ", "_")]
)
def test_punctuation_does_not_count(disguised: str) -> None:
    with pytest.raises(TransmissionRefused):
        check(json.dumps({"prompt": disguised}).encode(), SECRET)


def test_ids_and_our_own_words_are_no_texts() -> None:
    body = {"prompt": [1724, 7111], "messages": [{"role": "user", "content": "Savannah"}], "stream": False}
    check(json.dumps(body).encode(), "1724", "7111", "user", "content", "messages", "stream", "false", "Anna")


def test_innocent_and_short_strings_pass() -> None:
    check(b'{"prompt": "What is the capital of France?"}', SECRET, "cap", "  a  ", "")
    check(b"", SECRET)
    check(b"\xff\xfe not text", SECRET)


def test_the_message_does_not_quote_the_string() -> None:
    with pytest.raises(TransmissionRefused) as caught:
        check(json.dumps({"prompt": SECRET + " and born in 1999"}).encode(), SECRET, "born in 1999", "abcd")
    message = caught.value.user_message
    assert "born…" in message
    assert "1 more" in message
    assert "daughter" not in message
    assert "1999" not in message
    with pytest.raises(TransmissionRefused) as caught:
        check(b"abcd", "abcd")
    assert "abcd" not in caught.value.user_message


def test_what_is_marked_later_counts_at_once() -> None:
    private: list[str] = []
    guard = PrivateStrings(lambda: private)
    body = json.dumps({"prompt": SECRET}).encode()
    request = httpx.Request("POST", "https://x", content=body, extensions=Exchange("answer", "T").extensions())
    guard(request, body)
    private.append(SECRET)
    with pytest.raises(TransmissionRefused):
        guard(request, body)
    private.clear()
    guard(request, body)


def test_bottomless_json_is_refused() -> None:
    with pytest.raises(TransmissionRefused):
        check(b"[" * 100 + b'"x"' + b"]" * 100, SECRET)


def test_a_request_without_a_purpose_is_a_bug() -> None:
    request = httpx.Request("POST", "https://x", content=b"text")
    with pytest.raises(BugError):
        PrivateStrings(lambda: [SECRET])(request, b"text")


def test_it_is_cheap() -> None:
    private = [f"Private entry number {n}, which says something." for n in range(200)]
    body = json.dumps({"prompt": list(range(8000)), "max_tokens": 100}, separators=(",", ":")).encode()
    request = httpx.Request("POST", "https://x", content=body, extensions=Exchange("answer", "T").extensions())
    guard = PrivateStrings(lambda: private)
    guard(request, body)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        guard(request, body)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.02
