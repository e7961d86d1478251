"""Which cloud answers, and how to reach it: the built-in demo server, or an endpoint the user added."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from costeer.cloud.abilities import Abilities
from costeer.cloud.client import CloudClient
from costeer.cloud.http import EndpointHttp
from costeer.cloud.llama_server import LlamaServerClient
from costeer.cloud.models_told import models_told
from costeer.cloud.probe import KEY_STATUS, Probed, probe
from costeer.cloud.retries import OnWait, Patience, ignore_waits
from costeer.cloud.text_client import Render, TextClient
from costeer.cloud.urls import server_root
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import (
    BadInput,
    Cancelled,
    EndpointError,
    EndpointRefused,
    EndpointUnreachable,
    NeverReached,
)
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.settings import DEMO_ENDPOINT, EndpointSettings, Settings
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Exchange, Line
from costeer.privacy.keychain import KeyStore
from costeer.privacy.ledger import WHOLE, Purpose
from costeer.privacy.transport import HttpClient
from costeer.services.known_endpoints import KnownEndpoints

DEMO_TITLE = "Demo cloud (this computer)"

USUAL_WINDOW = 8192
"""Tokens of a conversation, where an endpoint does not tell how many it takes."""


@dataclass(frozen=True, slots=True)
class EndpointAddress:
    """Where a server listens right now. `key` may be empty. `own_slots` is how many answers it writes at a time,
    where nobody else uses it; 0 where others may."""

    base_url: str
    key: str
    own_slots: int = 0


def key_of(endpoint: EndpointSettings) -> str:
    """What its key is kept under: it is for the server that it was given for, and no other of the same name."""
    return f"{endpoint.name} at {server_root(endpoint.base_url)}"


class DemoServer(Protocol):
    """The demo cloud as this room sees it; `demo_cloud` is above, so bootstrap hands it in."""

    def ensure_running(self, progress: ProgressCallback, cancel: CancelToken | None) -> EndpointAddress: ...


OpenClient = Callable[[str], HttpClient]
"""Base URL -> a client behind the one transport."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A server that can be asked.

    `window` is how many tokens one conversation may have there; `identity` names endpoint and model: token ids
    of one identity mean nothing to another. `forget` has the endpoint tested again before it is next used.
    """

    client: CloudClient
    window: int
    identity: str
    forget: Callable[[], None] = lambda: None

    def made_for(self, purpose: Purpose) -> Connection:
        """The same, whose requests are all in the ledger as made for `purpose` if it is one of WHOLE; for others
        each says for itself what it does."""
        return self if purpose not in WHOLE else dataclasses.replace(self, client=self.client.made_for(purpose))


class EndpointService:
    """Any thread. Clients are kept open, one per server, so that connections are reused; keys are not theirs."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        demo: DemoServer,
        open_client: OpenClient,
        known: KnownEndpoints,
        keys: KeyStore,
        render: Render,
        on_wait: OnWait = ignore_waits,
    ) -> None:
        """`render` is for the templates that endpoints tell; `on_wait` hears of each wait before an endpoint is
        asked again, and of its end."""
        self._settings = settings
        self._demo = demo
        self._open_client = open_client
        self._known = known
        self._keys = keys
        self._render = render
        self._patience = Patience(on_wait=on_wait)
        # Who tests an address waits to hear that it is wrong; and the demo cloud is started again, not waited for.
        self._quick = dataclasses.replace(self._patience, seconds=10.0, longest_wait=10.0, connecting=False)
        self._lock = threading.Lock()
        self._open: dict[str, HttpClient] = {}
        self._connections: dict[tuple[EndpointAddress, str, str], Connection] = {}

    @property
    def title(self) -> str:
        """What the window calls the endpoint in use."""
        name = self._settings().endpoint
        return DEMO_TITLE if name == DEMO_ENDPOINT else name

    def connect(
        self, cancel: CancelToken | None = None, progress: ProgressCallback = ignore_progress
    ) -> Connection:
        """The endpoint in use, reached; the demo cloud is started (again) if need be, an endpoint that nobody has
        tested yet is tested. Raises EndpointError."""
        name = self._settings().endpoint
        if name == DEMO_ENDPOINT:
            return self._llama_server(self._demo.ensure_running(progress, cancel), DEMO_TITLE, "", cancel)
        chosen = self.find(name)
        address = EndpointAddress(server_root(chosen.base_url), self._keys.read(key_of(chosen)))
        abilities = self._known.get(address.base_url, chosen.model)
        if abilities is None:
            progress(Progress(Translatable("testing {name}", name=name)))
            try:
                abilities = self.probe(chosen, address.key, cancel).abilities
            except EndpointUnreachable as unreachable:
                raise NeverReached(unreachable.said) from unreachable
        if abilities.kind == "llama-server":
            return self._llama_server(address, chosen.name, chosen.model, cancel)
        return self._other(address, chosen, abilities)

    def probe(self, endpoint: EndpointSettings, key: str, cancel: CancelToken | None = None) -> Probed:
        """Test what `endpoint` allows, and keep what was found. Raises BadInput, EndpointError, Cancelled."""
        http = self._http(endpoint, key)
        try:
            probed = probe(http, endpoint.model, self._render, cancel or CancelToken())
        except (EndpointUnreachable, Cancelled):
            raise  # that says nothing of what it allows
        except BaseException:
            self.forget(endpoint)
            raise
        self.forget(endpoint)
        # Whoever names the model that was taken because none was named need not test it again.
        for model in {endpoint.model, probed.abilities.model}:
            self._known.put(http.root, model, probed.abilities)
        return probed

    def models(self, endpoint: EndpointSettings, key: str, cancel: CancelToken) -> tuple[str, ...]:
        """Those that `endpoint` lists; none where it lists none. Raises BadInput for a key that can be none,
        EndpointUnreachable, EndpointRefused for a key that is not accepted, Cancelled."""
        http, line = self._http(endpoint, key), Line()
        try:
            with cancel.calling(line.hang_up):
                answer = http.ask("GET", "/v1/models", None, Exchange("probe", endpoint.name, line=line), cancel)
        except EndpointError as error:
            cancel.raise_if_cancelled()
            wrong_key = isinstance(error, EndpointRefused) and error.status in KEY_STATUS
            if wrong_key or isinstance(error, EndpointUnreachable):
                raise
            return ()
        return models_told(answer)

    def check(self, endpoint: EndpointSettings, key: str) -> None:
        """Raises BadInput where address or key can be none; nothing is sent."""
        self._http(endpoint, key)

    def known(self, endpoint: EndpointSettings) -> Abilities | None:
        """What the last test found there; None where there was none. Reads a file."""
        return self._known.get(server_root(endpoint.base_url), endpoint.model)

    def forget(self, endpoint: EndpointSettings) -> None:
        """It has turned out to be otherwise than it was found: it is tested again when it is next used."""
        root = server_root(endpoint.base_url)
        self._known.forget(root, endpoint.model)
        with self._lock:
            for place in [one for one in self._connections if one[0].base_url == root]:
                del self._connections[place]

    @property
    def key_in_use(self) -> str:
        """What the key of the endpoint in use is kept under; empty for the demo cloud, which needs none."""
        name = self._settings().endpoint
        return "" if name == DEMO_ENDPOINT else key_of(self.find(name))

    def find(self, name: str) -> EndpointSettings:
        """Raises BadInput."""
        for one in self._settings().endpoints:
            if one.name == name:
                return one
        raise BadInput("There is no endpoint {name!r}; `costeer endpoint list` shows those there are.", name=name)

    def close(self) -> None:
        with self._lock:
            clients, self._open = list(self._open.values()), {}
        for client in clients:
            client.close()

    def _http(self, endpoint: EndpointSettings, key: str) -> EndpointHttp:
        address = EndpointAddress(server_root(endpoint.base_url), key)
        return EndpointHttp(endpoint.name, address.base_url, key, self._client(address.base_url), self._quick)

    def _client(self, base_url: str) -> HttpClient:
        with self._lock:
            if base_url not in self._open:
                self._open[base_url] = self._open_client(base_url)
            return self._open[base_url]

    def _llama_server(
        self, address: EndpointAddress, title: str, model: str, cancel: CancelToken | None
    ) -> Connection:
        def connect() -> Connection:
            client = LlamaServerClient(
                address.base_url,
                address.key,
                model,
                self._client(address.base_url),
                title,
                own_slots=address.own_slots,
                patience=self._quick if title == DEMO_TITLE else self._patience,
            )
            props = client.props(cancel)
            return Connection(client, props.n_ctx, f"{title}, {props.model}")

        return self._kept((address, model, title), connect)

    def _other(self, address: EndpointAddress, chosen: EndpointSettings, abilities: Abilities) -> Connection:
        title = chosen.name

        def connect() -> Connection:
            http = EndpointHttp(
                title, address.base_url, address.key, self._client(address.base_url), self._patience
            )
            client = TextClient(http, abilities, self._render)
            window = abilities.window or USUAL_WINDOW
            return Connection(client, window, f"{title}, {abilities.model}", partial(self.forget, chosen))

        return self._kept((address, abilities.model, title), connect)

    def _kept(self, place: tuple[EndpointAddress, str, str], connect: Callable[[], Connection]) -> Connection:
        with self._lock:
            found = self._connections.get(place)
        if found is None:
            found = connect()
            with self._lock:
                found = self._connections.setdefault(place, found)
        return found
