"""Every way of not getting through is one sentence that names the thing and the next step."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from costeer.cloud.http import EndpointHttp
from costeer.cloud.retries import Patience
from costeer.foundation.errors import EndpointError, EndpointRefused, EndpointUnreachable, KnownError
from costeer.privacy.exchange import Exchange
from costeer.privacy.transport import open_client
from tests.cloud.scripted import IMPATIENT, NAME
from tests.privacy.connect_proxy import ConnectProxy
from tests.privacy.loopback import LOOPBACK, WAIT, Listener, server_tls, signed_tls
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import ScriptedServer, Talk

BEYOND = "cloud.example"
PORTAL = b"<!DOCTYPE html><html><body>Welcome to our hotel. Please sign in.</body></html>"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def sentence(url: str, patience: Patience = IMPATIENT, kind: type[KnownError] = EndpointUnreachable) -> str:
    """What the user is told."""
    with (
        open_client(MemoryLedger(), base_url=url, connect_seconds=WAIT, read_seconds=WAIT) as client,
        pytest.raises(kind) as caught,
    ):
        EndpointHttp(NAME, url, "sesame", client, patience).ask("GET", "/props", None, Exchange("probe", NAME))
    assert type(caught.value) is kind
    told = caught.value.user_message
    assert told.startswith((f"{NAME} ", "The credit"))
    assert told.endswith(".")
    assert "\n" not in told
    assert ". " not in told
    assert "; " in told, "what is wrong; what to do"
    return told


def answer(status: int, kind: str, body: bytes = b"", headers: dict[str, str] | None = None) -> ScriptedServer:
    return ScriptedServer(lambda talk: talk.answer(status, kind, body, headers))


@pytest.mark.parametrize(
    ("host", "days", "trusted", "words"),
    [
        (LOOPBACK, (-1, 1), False, ("signed itself", "SSL_CERT_FILE")),
        (LOOPBACK, (-9, -1), True, ("has expired", "clock")),
        (LOOPBACK, (1, 9), True, ("not valid yet", "clock")),
        ("127.0.0.2", (-1, 1), True, ("for another host", "check the address")),
        (BEYOND, (-1, 1), True, ("for another host", "check the address")),
    ],
)
@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_certificates(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    days: tuple[int, int],
    trusted: bool,
    words: tuple[str, ...],
    protocol: str,
) -> None:
    tls, certificate = server_tls(tmp_path, protocol, host=host, days=days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Listener(tls) as listener:
        url = f"https://{LOOPBACK}:{listener.port}"
        told = sentence(url)
        assert url in told
        for word in words:
            assert word in told


@pytest.mark.parametrize(
    ("host", "trusted", "words"),
    [(BEYOND, False, "signed itself"), ("another.example", True, "for another host")],
)
def test_certificates_behind_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, trusted: bool, words: str
) -> None:
    """Where another part of the program shakes hands."""
    tls, certificate = server_tls(tmp_path, host=host)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Listener(tls) as listener, ConnectProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        url = f"https://{BEYOND}:{listener.port}"
        told = sentence(url)
    assert words in told
    assert url in told


def test_an_authority_that_is_not_known(tmp_path: Path) -> None:
    """As behind a company's proxy that looks into TLS."""
    with Listener(signed_tls(tmp_path)) as listener:
        told = sentence(f"https://{LOOPBACK}:{listener.port}")
    assert "an authority that this computer does not know" in told
    assert "company" in told
    assert "SSL_CERT_FILE" in told


def test_no_tls_behind_https() -> None:
    with answer(200, "text/plain") as server:
        told = sentence(server.base_url.replace("http:", "https:"))
    assert "does not speak TLS" in told
    assert "http:// or https://" in told


def test_a_server_that_hangs_up_in_the_handshake() -> None:
    """Nothing was sent, but a server that does so does not want TLS."""
    with Listener() as listener:
        thread = threading.Thread(target=lambda: listener.next().close())
        thread.start()
        url = f"https://{LOOPBACK}:{listener.port}"
        assert url in sentence(url)
        thread.join(WAIT)


def test_refused_and_unknown() -> None:
    with Listener() as listener:
        port = listener.port
    told = sentence(f"http://{LOOPBACK}:{port}")
    assert f"http://{LOOPBACK}:{port}" in told
    assert "that it is running" in told
    told = sentence("http://no-such-host.invalid")
    assert "no such host" in told
    assert "http://no-such-host.invalid" in told


def test_not_accepted_in_time() -> None:
    """A listener whose queue is full lets a connection wait."""
    with socket.socket() as full:
        full.bind((LOOPBACK, 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex((LOOPBACK, port))
        url = f"http://{LOOPBACK}:{port}"
        with (
            open_client(MemoryLedger(), base_url=url, connect_seconds=0.2) as client,
            pytest.raises(EndpointUnreachable) as caught,
        ):
            EndpointHttp(NAME, url, "", client, IMPATIENT).ask("GET", "/props", None, Exchange("probe", NAME))
        for one in waiting:
            one.close()
    assert "did not accept a connection" in caught.value.user_message
    assert "firewall" in caught.value.user_message


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_password(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """Asked for a tunnel, and asked for the page itself."""
    with ConnectProxy(b"407 Proxy Authentication Required") as proxy:
        monkeypatch.setenv(f"{scheme}_proxy", proxy.url)
        kind = EndpointUnreachable if scheme == "https" else EndpointRefused
        told = sentence(f"{scheme}://{BEYOND}", kind=kind)
    assert "proxy" in told
    assert "a name and a password" in told
    assert "HTTPS_PROXY" in told


def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy(b"403 Forbidden") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        told = sentence(f"https://{BEYOND}")
    assert "proxy refuses to connect to it (403 Forbidden)" in told
    assert "NO_PROXY" in told


def test_a_proxy_that_reaches_nobody_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy(b"503 Service Unavailable") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert "proxy" in sentence(f"https://{BEYOND}", Patience(first_wait=0.01))
        assert len(proxy.heads) == 4


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener() as listener:
        port = listener.port
    monkeypatch.setenv("https_proxy", f"http://user:pass@{LOOPBACK}:{port}")
    told = sentence(f"https://{BEYOND}")
    assert f"proxy cannot be ({LOOPBACK}:{port}" in told
    assert "user" not in told
    assert "HTTPS_PROXY" in told


def test_a_captive_portal() -> None:
    """Its page, its redirect, and the status that was made for it."""
    with answer(200, "text/html", PORTAL) as server:
        told = sentence(server.base_url, kind=EndpointError)
    assert "a web page instead of an API" in told
    assert "sign in to this network" in told
    headers = {"Location": "http://login.hotel.example/?from=secret"}
    with answer(302, "text/html", PORTAL, headers) as server:
        told = sentence(server.base_url, kind=EndpointRefused)
    assert "elsewhere (HTTP 302, to login.hotel.example)" in told
    assert "sign in to this network" in told
    with answer(511, "text/html", PORTAL) as server:
        told = sentence(server.base_url, kind=EndpointRefused)
    assert "asks to sign in first" in told
    with answer(307, "text/plain", b"", {"Location": "/elsewhere"}) as server:
        assert "elsewhere (HTTP 307)" in sentence(server.base_url, kind=EndpointRefused)


@pytest.mark.parametrize(("status", "words"), [(502, "not ready"), (503, "not ready"), (504, "not ready")])
def test_a_gateways_page_is_no_portal(status: int, words: str) -> None:
    with answer(status, "text/html", PORTAL) as server:
        told = sentence(server.base_url, kind=EndpointRefused)
    assert words in told
    assert f"HTTP {status}" in told


def test_a_firewalls_page_is_no_wrong_key() -> None:
    with answer(403, "text/html", PORTAL) as server:
        assert "web page" in sentence(server.base_url, kind=EndpointError)


def test_a_server_that_leaves() -> None:
    with ScriptedServer(Talk.drop) as server:
        assert "closed the connection without an answer" in sentence(server.base_url)
