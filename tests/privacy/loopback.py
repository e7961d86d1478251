"""Bare listeners on loopback, with and without TLS, for what happens below HTTP."""

from __future__ import annotations

import datetime
import ipaddress
import queue
import socket
import ssl
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"
WAIT = 10.0


class Listener:
    """A context manager. Accepted connections are found in `accepted`, in their order, after their handshake;
    `refused` tells of handshakes that the client did not go through with."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._socket = socket.create_server((LOOPBACK, 0))
        self.port = int(self._socket.getsockname()[1])
        self.accepted: queue.Queue[socket.socket] = queue.Queue()
        self.refused: list[OSError] = []
        self._all: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)

    def _accept(self) -> None:
        for _ in range(1000):
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.settimeout(WAIT)
            if self._tls is not None:
                try:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                except OSError as error:
                    self.refused.append(error)
                    connection.close()
                    continue
            self._all.append(connection)
            self.accepted.put(connection)

    def next(self) -> socket.socket:
        return self.accepted.get(timeout=WAIT)

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(WAIT)
        for connection in self._all:
            connection.close()


def certificate(folder: Path, *, host: str = LOOPBACK, days: tuple[int, int] = (-1, 1)) -> tuple[Path, Path]:
    """A certificate for `host` that signs itself, and its key, as PEM files. `days` from now are the
    first and the last on which it is good."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    return _written(folder, made, key)


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def server_tls(
    folder: Path, *protocols: str, host: str = LOOPBACK, days: tuple[int, int] = (-1, 1)
) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS that speaks `protocols`, and the file of the certificate to trust."""
    certificate_file, key_file = certificate(folder, host=host, days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context, certificate_file


def signed_tls(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS whose certificate an authority has signed that nobody knows and that it does not
    show."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOOPBACK)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Our Company")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_alternative(LOOPBACK)]), False)
        .sign(authority, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_written(folder, made, key))
    return context


def _written(folder: Path, made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> tuple[Path, Path]:
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file
