"""From what the user pasted to the root of a server."""

from __future__ import annotations

import ipaddress
import re

import httpx

from costeer.foundation.errors import BadInput

_LOCAL = re.compile(
    r"^(localhost|127(\.\d+){3}|10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2})$"
    r"|^\[|\.(local|lan|internal)$",
    re.IGNORECASE,
)
# What people copy from documentation; the longest comes first.
_KNOWN_ENDINGS = re.compile(
    r"(/v1)?/(chat/completions|completions|completion|models|props|tokenize|apply-template|health)$|/v1$",
    re.IGNORECASE,
)


def is_local(root: str) -> bool:
    """Whether `root`, as `server_root` gives it, is this computer or one of the local network."""
    host = httpx.URL(root).host
    if ":" in host:
        return ipaddress.ip_address(host.partition("%")[0]).is_private
    return "." not in host or _LOCAL.search(host) is not None


def server_root(pasted: str) -> str:
    """`host:port`, `https://host/v1` or a pasted full path, as the server's root without a trailing slash.

    Without a scheme, http is meant for this computer and the local network, https for everything else.
    Raises BadInput when it is no address of a server.
    """
    text = pasted.strip().strip("\"'<>").strip()
    if not text:
        raise BadInput("The address of the endpoint is empty; enter something like http://127.0.0.1:8080.")
    if "://" not in text:
        host = re.split(r"[/:?]", text, maxsplit=1)[0] if not text.startswith("[") else text
        # A name without a dot can only be one of the local network.
        text = ("http://" if _LOCAL.search(host) or "." not in host else "https://") + text
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError) as error:
        raise BadInput(
            "“{address}” is not an address of a server ({error}); check it.", address=pasted.strip(), error=error
        ) from error
    if url.scheme not in ("http", "https"):
        raise BadInput("“{address}” does not begin with http:// or https://; check it.", address=pasted.strip())
    if not url.host or re.search(r"\s", text) or (port is not None and not 0 < port < 65536):
        raise BadInput(
            "“{address}” is not an address of a server; enter something like host:8080.", address=pasted.strip()
        )
    if url.userinfo:
        raise BadInput(
            "The address of the endpoint holds a user name or password; enter the key in its own field."
        )
    path = _KNOWN_ENDINGS.sub("", url.path.rstrip("/")).rstrip("/")
    return str(url.copy_with(path=path or "/", query=None, fragment=None)).rstrip("/")
