"""Whatever people paste leads to the root of the server, or to a sentence."""

from __future__ import annotations

import pytest

from costeer.cloud.urls import server_root
from costeer.foundation.errors import BadInput


@pytest.mark.parametrize(
    ("pasted", "root"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:8080", "http://localhost:8080"),
        ("localhost", "http://localhost"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("192.168.1.20:8080/v1", "http://192.168.1.20:8080"),
        ("workstation:8080", "http://workstation:8080"),
        ("box.local:8080", "http://box.local:8080"),
        ("api.example.com", "https://api.example.com"),
        ("api.example.com/v1/chat/completions", "https://api.example.com"),
        (" https://api.example.com/v1/ ", "https://api.example.com"),
        ("https://api.example.com/v1/completions?x=1#y", "https://api.example.com"),
        ("https://api.example.com/v1/models", "https://api.example.com"),
        ("https://example.com/llama/v1", "https://example.com/llama"),
        ("https://example.com/llama", "https://example.com/llama"),
        ('"http://127.0.0.1:8080/"', "http://127.0.0.1:8080"),
        ("<http://127.0.0.1:8080>", "http://127.0.0.1:8080"),
        ("HTTP://LOCALHOST:8080/V1", "http://localhost:8080"),
        ("10.example.com", "https://10.example.com"),
        ("bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_roots(pasted: str, root: str) -> None:
    assert server_root(pasted) == root
    assert server_root(root) == root


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "   ",
        "ftp://example.com",
        "http://",
        "http://user:word@example.com",
        "example.com:99999",
        "example.com:0",
        "example.com:port",
        "two words",
        "http://[::1",
        "http:///v1",
        "exa\x00mple.com",
    ],
)
def test_what_is_no_address(pasted: str) -> None:
    with pytest.raises(BadInput):
        server_root(pasted)
