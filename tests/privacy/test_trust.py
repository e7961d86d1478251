"""Who is trusted, over HTTP/1.1, HTTP/2 and through a proxy; and what proxies are used."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from costeer.foundation.errors import BadInput
from costeer.privacy import trust
from costeer.privacy.exchange import Exchange, Line
from costeer.privacy.failures import Failure, failure_of
from costeer.privacy.transport import open_client
from tests.privacy.connect_proxy import ConnectProxy
from tests.privacy.http2_server import Http2Server, Talk
from tests.privacy.loopback import LOOPBACK, WAIT, Listener, server_tls
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import ScriptedServer
from tests.privacy.scripted_server import Talk as Talk1

BEYOND = "cloud.example"
"""A name that only the proxy knows."""


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def ask(url: str, *, line: Line | None = None) -> httpx.Response:
    with open_client(MemoryLedger(), base_url=url, connect_seconds=WAIT, read_seconds=WAIT) as client:
        request = client.build_request(
            "GET", url + "/x", extensions=Exchange("probe", "Test", line=line).extensions()
        )
        response = client.send(request, stream=True)
        response.read()
        return response


def failure(url: str) -> Failure:
    with pytest.raises(httpx.HTTPError) as caught:
        ask(url)
    return failure_of(caught.value)


async def said(talk: Talk) -> None:
    talk.begin()
    await talk.chunk(b"hello", end=True)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_http2_with_a_certificate_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    tls, certificate = server_tls(tmp_path, "h2", "http/1.1")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    if variable == "SSL_CERT_FILE":
        monkeypatch.setenv(variable, str(certificate))
    else:
        folder = tmp_path / "certificates"
        folder.mkdir()
        monkeypatch.setenv(variable, str(folder))
        name = ssl.PEM_cert_to_DER_cert(certificate.read_text())
        (folder / f"{subject_hash(name)}.0").write_bytes(certificate.read_bytes())
    with Http2Server(tls, said) as server:
        response = ask(server.base_url)
    assert (response.http_version, response.content) == ("HTTP/2", b"hello")


def subject_hash(der: bytes) -> str:
    """The name under which OpenSSL looks for a certificate in a folder: four bytes of the SHA-1 of the subject, in
    its canonical form (here one printable string, lower case, as UTF8String)."""
    import hashlib

    from cryptography import x509
    from cryptography.x509.oid import NameOID

    common = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0]
    text = str(common.value).lower().encode()
    value = b"\x06\x03\x55\x04\x03\x0c" + bytes([len(text)]) + text
    inner = b"\x30" + bytes([len(value)]) + value
    canonical = b"\x31" + bytes([len(inner)]) + inner
    return hashlib.sha1(canonical).digest()[3::-1].hex()


def test_another_certificate_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, _ = server_tls(tmp_path, "h2")
    with Http2Server(tls, said) as server:
        assert failure(server.base_url).reason == "self-signed"


def test_the_systems_way_where_openssl_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """truststore, which is used on Windows and macOS, over HTTP/2 and HTTP/1.1."""
    monkeypatch.setattr(trust, "_openssl_finds_them", lambda: False)
    for protocol in ("h2", "http/1.1"):
        tls, certificate = server_tls(tmp_path, protocol)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        if protocol == "h2":
            with Http2Server(tls, said) as server:
                assert ask(server.base_url).content == b"hello"
        else:
            with Listener(tls) as listener:
                wire_of(listener, trust.client_tls("http/1.1"))
        monkeypatch.delenv("SSL_CERT_FILE")


def wire_of(listener: Listener, tls: ssl.SSLContext) -> None:
    from costeer.privacy.wire import Wire

    wire = Wire(LOOPBACK, listener.port, WAIT).start_tls(tls, LOOPBACK, WAIT)
    wire.write(b"ping", WAIT)
    assert listener.next().recv(4) == b"ping"
    assert wire.protocol == "http/1.1"
    wire.close()


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_file_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(BadInput) as caught:
        open_client(MemoryLedger(), base_url="https://cloud.example")
    assert str(file) in caught.value.user_message
    assert "SSL_CERT_FILE" in caught.value.user_message


@pytest.mark.parametrize("streamed", [False, True])
def test_through_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: bool) -> None:
    """The proxy is asked for a tunnel, and the certificate behind it is checked for the endpoint's own name."""
    tls, certificate = server_tls(tmp_path, host=BEYOND)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Listener(tls) as listener, ConnectProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:pass@"))
        answering = Answering(listener)
        response = ask(f"https://{BEYOND}:{listener.port}", line=Line() if streamed else None)
        assert response.content == b"hello"
        answering.join()
        assert proxy.targets == [f"{BEYOND}:{listener.port}"]
        assert b"Proxy-Authorization: Basic " in proxy.heads[0]


class Answering:
    """Answers one request on a thread of its own."""

    def __init__(self, listener: Listener) -> None:
        import threading

        self._listener = listener
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        connection = self._listener.next()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    def join(self) -> None:
        self._thread.join(WAIT)
        assert not self._thread.is_alive()


def test_a_certificate_behind_a_proxy_that_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, _ = server_tls(tmp_path, host=BEYOND)
    with Http2Server(tls, said) as server, ConnectProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert failure(server.base_url.replace(LOOPBACK, BEYOND)).reason == "self-signed"


@pytest.mark.parametrize("except_for", [BEYOND, f"other.example,{BEYOND}", "*"])
def test_no_proxy(monkeypatch: pytest.MonkeyPatch, except_for: str) -> None:
    with ConnectProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", except_for)
        assert failure(f"https://{BEYOND}").reason == "no such host"
        assert proxy.targets == []


def test_never_to_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy() as proxy, ScriptedServer(lambda talk: hello(talk)) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert ask(server.base_url).content == b"hello"
        assert proxy.heads == []


def hello(talk: Talk1) -> None:
    talk.answer(200, "text/plain", b"hello")


def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy(b"407 Proxy Authentication Required") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        found = failure(f"https://{BEYOND}")
    assert (found.reason, found.status, found.nothing_sent) == ("proxy refused", 407, True)


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener() as listener:
        port = listener.port
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@{LOOPBACK}:{port}")
    found = failure(f"https://{BEYOND}")
    assert (found.reason, found.nothing_sent) == ("proxy unreachable", True)
    assert f"{LOOPBACK}:{port}" in found.detail
    assert "secret" not in found.detail


@pytest.mark.parametrize("named", ["socks5://localhost:1", "ftp://x", "http://x:port"])
def test_proxies_that_are_not_spoken(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("ALL_PROXY", named)
    with pytest.raises(BadInput) as caught:
        open_client(MemoryLedger(), base_url=f"https://{BEYOND}")
    assert "HTTPS_PROXY" in caught.value.user_message


def test_the_keys_of_connections_are_not_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Developers set SSLKEYLOGFILE for a browser; whoever has that file and the bytes can read all of them."""
    tls, certificate = server_tls(tmp_path, "h2")
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))  # the server is this process, too: it came before
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Http2Server(tls, said) as server:
        assert ask(server.base_url).status_code == 200
    assert not (tmp_path / "keys").exists() or "_SECRET" not in (tmp_path / "keys").read_text(encoding="utf-8")
