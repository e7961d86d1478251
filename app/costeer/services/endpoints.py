"""Which cloud answers, and how to reach it: the built-in demo server, or an endpoint the user added."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from costeer.cloud.llama_server import LlamaServerClient, ServerProps
from costeer.cloud.urls import server_root
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import ProgressCallback, ignore_progress
from costeer.foundation.settings import DEMO_ENDPOINT, EndpointSettings, Settings
from costeer.privacy.keychain import read_key
from costeer.privacy.transport import HttpClient

DEMO_TITLE = "Demo cloud (this computer)"


@dataclass(frozen=True, slots=True)
class EndpointAddress:
    """Where a server listens right now. `key` may be empty. `own_slots` is how many answers it writes at a time,
    where nobody else uses it; 0 where others may."""

    base_url: str
    key: str
    own_slots: int = 0


class DemoServer(Protocol):
    """The demo cloud as this room sees it; `demo_cloud` is above, so bootstrap hands it in."""

    def ensure_running(self, progress: ProgressCallback, cancel: CancelToken | None) -> EndpointAddress: ...


OpenClient = Callable[[str], HttpClient]
"""Base URL -> a client behind the one transport."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A server that can be asked.

    `window` is how many tokens one conversation may have there; `identity` names endpoint and model: token ids
    of one identity mean nothing to another.
    """

    client: LlamaServerClient
    window: int
    identity: str


class EndpointService:
    """Any thread. Clients are kept open, one per address, so that connections are reused."""

    def __init__(self, settings: Callable[[], Settings], demo: DemoServer, open_client: OpenClient) -> None:
        self._settings = settings
        self._demo = demo
        self._open_client = open_client
        self._lock = threading.Lock()
        self._open: dict[EndpointAddress, HttpClient] = {}
        self._clients: dict[tuple[EndpointAddress, str, str], LlamaServerClient] = {}
        self._props: dict[EndpointAddress, ServerProps] = {}

    @property
    def title(self) -> str:
        """What the window calls the endpoint in use."""
        name = self._settings().endpoint
        return DEMO_TITLE if name == DEMO_ENDPOINT else name

    def connect(
        self, cancel: CancelToken | None = None, progress: ProgressCallback = ignore_progress
    ) -> Connection:
        """The endpoint in use, reached; the demo cloud is started (again) if need be. Raises EndpointError."""
        name = self._settings().endpoint
        if name == DEMO_ENDPOINT:
            return self._connection(self._demo.ensure_running(progress, cancel), DEMO_TITLE, "")
        chosen = self._find(name)
        address = EndpointAddress(server_root(chosen.base_url), read_key(chosen.name))
        return self._connection(address, chosen.name, chosen.model)

    def close(self) -> None:
        with self._lock:
            clients, self._open = list(self._open.values()), {}
        for client in clients:
            client.close()

    def _find(self, name: str) -> EndpointSettings:
        for one in self._settings().endpoints:
            if one.name == name:
                return one
        raise BadInput(f"There is no endpoint {name!r}; `costeer endpoint list` shows those there are.")

    def _connection(self, address: EndpointAddress, title: str, model: str) -> Connection:
        with self._lock:
            if address not in self._open:
                self._open[address] = self._open_client(address.base_url)
            served = (address, model, title)
            if served not in self._clients:
                self._clients[served] = LlamaServerClient(
                    address.base_url, address.key, model, self._open[address], title, own_slots=address.own_slots
                )
            client = self._clients[served]
            props = self._props.get(address)
        if props is None:
            props = self._props[address] = client.props()
        return Connection(client, props.n_ctx, f"{title}, {props.model}")
