"""What the operating system says of a failure, so that it can be translated like our own words.

The system's text is kept as it is; those that people meet are listed below, for the translators. Any thread.
"""

from __future__ import annotations

from costeer.foundation.translatable import Translatable, translatable

COMMON = (
    translatable("No such file or directory"),
    translatable("Permission denied"),
    translatable("Operation not permitted"),
    translatable("No space left on device"),
    translatable("Disk quota exceeded"),
    translatable("Read-only file system"),
    translatable("Is a directory"),
    translatable("Not a directory"),
    translatable("Directory not empty"),
    translatable("File exists"),
    translatable("File name too long"),
    translatable("File too large"),
    translatable("Too many open files"),
    translatable("Input/output error"),
    translatable("Device or resource busy"),
    translatable("Text file busy"),
    translatable("Cannot allocate memory"),
    translatable("Resource temporarily unavailable"),
    translatable("Connection refused"),
    translatable("Connection reset by peer"),
    translatable("Connection aborted"),
    translatable("Broken pipe"),
    translatable("Network is unreachable"),
    translatable("No route to host"),
    translatable("Host is down"),
    translatable("Connection timed out"),
    translatable("Name or service not known"),
    translatable("Temporary failure in name resolution"),
    translatable("No address associated with hostname"),
    translatable("nodename nor servname provided, or not known"),
    translatable("getaddrinfo failed"),
    translatable("timed out"),
    translatable("self-signed certificate"),
    translatable("certificate has expired"),
    translatable("certificate is not yet valid"),
    translatable("unable to get local issuer certificate"),
)
"""Of files, networks and certificates, as Linux, macOS and OpenSSL word them."""


def system_words(error: OSError) -> Translatable:
    """Why it failed."""
    return Translatable.verbatim(error.strerror or type(error).__name__)
