"""Whose word counts for who a server is: the operating system's, where a company's own certificate authority is.

On Windows and macOS, and wherever OpenSSL does not find the system's certificates, truststore asks the system.
Where OpenSSL finds them, it reads them once: truststore would read the file again for every connection, which is
20 ms of each reopened stream. SSL_CERT_FILE and SSL_CERT_DIR count everywhere.
"""

from __future__ import annotations

import os
import platform
import ssl
from pathlib import Path

import truststore

from costeer.foundation.errors import BadInput
from costeer.foundation.translatable import Translatable


def client_tls(*protocols: str) -> ssl.SSLContext:
    """Our side of TLS, which offers `protocols` (ALPN). Takes about 20 ms; usable from any thread.

    Raises BadInput when SSL_CERT_FILE or SSL_CERT_DIR names what cannot be read.
    """
    file, folder = _named("SSL_CERT_FILE"), _named("SSL_CERT_DIR")
    try:
        if platform.system() not in ("Windows", "Darwin") and _openssl_finds_them():
            context = ssl.create_default_context()
            # SSLKEYLOGFILE, set for a browser, would have the keys written down. The types know no None, ssl does.
            context.keylog_filename = None  # type: ignore[assignment]
        else:
            context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if file or folder:
            context.load_verify_locations(cafile=file, capath=folder)
    except OSError as error:
        raise BadInput(
            "The certificates in {place} cannot be read ({error}); "
            "correct SSL_CERT_FILE, or remove it from the environment.",
            place=file or folder or Translatable("the system"),
            error=error,
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 asks more of a certificate authority than the authorities of companies often have.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def _named(variable: str) -> str | None:
    return os.environ.get(variable) or None


def _openssl_finds_them() -> bool:
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or (paths.capath and any(Path(paths.capath).glob("*.0"))))
