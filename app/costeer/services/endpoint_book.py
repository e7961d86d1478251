"""The clouds that there are to choose from: the built-in one and those the user added, with their keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from costeer.cloud.abilities import Tier
from costeer.cloud.llama_server import abilities_of_llama_server
from costeer.cloud.probe import Probed
from costeer.cloud.urls import server_root
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.settings import DEMO_ENDPOINT, EndpointSettings, Settings
from costeer.privacy.keychain import KeyStore, keychain_name
from costeer.services.endpoint_presets import EndpointPreset, load_presets
from costeer.services.endpoints import DEMO_TITLE, EndpointService, key_of
from costeer.services.local_servers import FoundServer, OpenClient, find_local_servers

ChangeSettings = Callable[[Callable[[Settings], Settings]], None]


DEAREST = 1e6
"""The highest price of a million tokens that is taken for one."""


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One of those there are. `base_url` is empty for the built-in one; `tier` is None while untested; the prices
    are those of `EndpointSettings`."""

    name: str
    title: str
    base_url: str
    model: str
    in_use: bool
    tier: Tier | None
    price_input: float = 0.0
    price_output: float = 0.0
    currency: str = ""

    @property
    def built_in(self) -> bool:
        return self.name == DEMO_ENDPOINT


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where keys go: a keychain's name, or a file that a passphrase seals. `passphrase` is whether there is one
    already; if not, the first that is given is it."""

    where: str
    keychain: bool
    passphrase: bool


class EndpointBook:
    """Any thread. What it changes is in the settings file when a method returns; keys go to `KeyStore` alone."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        change: ChangeSettings,
        endpoints: EndpointService,
        open_impatient: OpenClient,
        keys: KeyStore,
    ) -> None:
        """`open_impatient` gives clients for `local_servers`."""
        self._settings = settings
        self._change = change
        self._endpoints = endpoints
        self._open_impatient = open_impatient
        self._keys = keys

    def rows(self) -> tuple[EndpointRow, ...]:
        """The built-in one first."""
        settings = self._settings()
        demo = EndpointRow(
            DEMO_ENDPOINT,
            DEMO_TITLE,
            "",
            "",
            settings.endpoint == DEMO_ENDPOINT,
            abilities_of_llama_server("").tier,
        )
        return (demo, *(self._row(one, settings) for one in settings.endpoints))

    def presets(self) -> tuple[EndpointPreset, ...]:
        return load_presets()

    def found(self, cancel: CancelToken) -> tuple[FoundServer, ...]:
        """Servers on this computer that answer now. About a second at most. Raises Cancelled."""
        return find_local_servers(self.presets(), self._open_impatient, cancel)

    def key_place(self) -> KeyPlace:
        """May ask the system which keychains it has."""
        return KeyPlace(self._keys.where(), bool(keychain_name()), self._keys.begun)

    def unlock(self, passphrase: str) -> None:
        """For what raised KeysLocked. See `KeyStore.unlock`."""
        self._keys.unlock(passphrase)

    def models(self, endpoint: EndpointSettings, key: str, cancel: CancelToken) -> tuple[str, ...]:
        """See `EndpointService.models`; without a `key`, with the one that is kept."""
        endpoint = _named(endpoint)
        return self._endpoints.models(endpoint, key or self._keys.read(key_of(endpoint)), cancel)

    def probe(self, endpoint: EndpointSettings, key: str, cancel: CancelToken) -> Probed:
        """See `EndpointService.probe`; without a `key`, with the one that is kept."""
        endpoint = _named(endpoint)
        return self._endpoints.probe(endpoint, key or self._keys.read(key_of(endpoint)), cancel)

    def add(self, endpoint: EndpointSettings, key: str, *, use: bool) -> str:
        """As `put`, but raises BadInput where there is one of that name."""
        name = _named(endpoint).name
        if any(one.name == name for one in self._settings().endpoints):
            raise BadInput("There is an endpoint “{name}” already; choose another name.", name=name)
        return self.put(endpoint, key, use=use)

    def put(self, endpoint: EndpointSettings, key: str, *, use: bool) -> str:
        """Keep `endpoint`, in place of the one of that name if there is one; returns the name. An empty `key`
        leaves the one that is kept, unless the address is another server's. Raises BadInput, KnownError (the key
        cannot be kept); nothing is changed then."""
        named = _named(endpoint)
        name = named.name
        if name == DEMO_ENDPOINT:
            raise BadInput(
                "The name {name!r} is the built-in endpoint's; choose another.",
                name=DEMO_ENDPOINT,
            )
        kept = dataclasses.replace(named, base_url=server_root(named.base_url))
        self._endpoints.check(kept, key)
        before = next((one for one in self._settings().endpoints if one.name == name), None)
        if key:
            self._keys.store(key_of(kept), key)
        if before is not None and key_of(before) != key_of(kept):
            self._keys.remove(key_of(before))
        self._change(lambda settings: _with(settings, kept, use=use))
        return name

    def use(self, name: str) -> str:
        """Let it answer; returns its name. Raises BadInput."""
        if name != DEMO_ENDPOINT:
            self._endpoints.find(name)
        self._change(lambda settings: dataclasses.replace(settings, endpoint=name))
        return name

    def price(self, name: str, of_input: float, of_output: float, currency: str) -> None:
        """What a million tokens of prompt and of answer cost there; both 0: it is not known. Raises BadInput."""
        check_prices(of_input, of_output, currency)
        self._endpoints.find(name)
        prices: dict[str, Any] = {"price_input": of_input, "price_output": of_output, "currency": currency.strip()}

        def priced(one: EndpointSettings) -> EndpointSettings:
            return dataclasses.replace(one, **prices) if one.name == name else one

        self._change(
            lambda settings: dataclasses.replace(settings, endpoints=tuple(map(priced, settings.endpoints)))
        )

    def remove(self, name: str) -> str:
        """Forget it and its key; where it was in use, the built-in one is then. Returns the name of the one in
        use. Raises BadInput."""
        gone = self._endpoints.find(name)
        self._endpoints.forget(gone)
        self._keys.remove(key_of(gone))
        self._change(lambda settings: _without(settings, name))
        return self._settings().endpoint

    def _row(self, one: EndpointSettings, settings: Settings) -> EndpointRow:
        known = self._endpoints.known(one)
        tier = known.tier if known is not None else None
        return EndpointRow(
            one.name,
            one.name,
            one.base_url,
            one.model,
            one.name == settings.endpoint,
            tier,
            one.price_input,
            one.price_output,
            one.currency,
        )


def check_prices(of_input: float, of_output: float, currency: str) -> None:
    """Raises BadInput for what `EndpointBook.price` does not take."""
    if not (0.0 <= of_input <= DEAREST and 0.0 <= of_output <= DEAREST and currency.strip()):
        raise BadInput(
            "A price is 0 to {most:,.0f} for a million tokens, in a currency; enter it again.", most=DEAREST
        )


def _named(endpoint: EndpointSettings) -> EndpointSettings:
    """Without the spaces around what was typed; one that got no name is called by its host. Raises BadInput."""
    host = server_root(endpoint.base_url).partition("://")[2].partition("/")[0]
    return dataclasses.replace(endpoint, name=endpoint.name.strip() or host, model=endpoint.model.strip())


def _with(settings: Settings, added: EndpointSettings, *, use: bool) -> Settings:
    """In its old place, if it had one, and with the prices entered there if it has none itself."""
    before = next((one for one in settings.endpoints if one.name == added.name), None)
    if before is not None and not (added.price_input or added.price_output):
        added = dataclasses.replace(
            added, price_input=before.price_input, price_output=before.price_output, currency=before.currency
        )
    endpoints = tuple(added if one.name == added.name else one for one in settings.endpoints)
    return dataclasses.replace(
        settings,
        endpoints=endpoints if before is not None else (*endpoints, added),
        endpoint=added.name if use else settings.endpoint,
    )


def _without(settings: Settings, name: str) -> Settings:
    return dataclasses.replace(
        settings,
        endpoints=tuple(one for one in settings.endpoints if one.name != name),
        endpoint=DEMO_ENDPOINT if settings.endpoint == name else settings.endpoint,
    )
