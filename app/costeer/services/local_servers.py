"""Which of the known local servers answer on this computer at the moment.

Each is asked once, for its list of models, through the one transport: the ledger shows the question, whether
or not somebody listened.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from costeer.cloud.http import EndpointHttp
from costeer.cloud.models_told import models_told
from costeer.cloud.probe import KEY_STATUS
from costeer.cloud.retries import Patience
from costeer.cloud.urls import server_root
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import EndpointError, EndpointRefused
from costeer.privacy.exchange import Exchange, Line
from costeer.privacy.transport import HttpClient
from costeer.services.endpoint_presets import EndpointPreset

LONGEST_SECONDS = 1.0
"""What listens on this computer and has not answered by then is too busy to be offered."""

CONNECT_SECONDS = 0.5

_ONCE = Patience(attempts=1)

OpenClient = Callable[[str], HttpClient]


@dataclass(frozen=True, slots=True)
class FoundServer:
    """`models` is empty where the server tells them only to those who have a key."""

    preset: EndpointPreset
    models: tuple[str, ...]
    wants_key: bool = False


def find_local_servers(
    presets: Sequence[EndpointPreset],
    open_client: OpenClient,
    cancel: CancelToken,
    seconds: float = LONGEST_SECONDS,
) -> tuple[FoundServer, ...]:
    """Those of `presets` on this computer that answer within `seconds`, in their order.

    `open_client` gives clients that do not wait longer than that themselves. Raises Cancelled, StorageError.
    """
    local = [one for one in presets if one.local]
    if not local:
        return ()
    lines = [Line() for _ in local]

    def hang_up() -> None:
        for line in lines:
            line.hang_up()

    with concurrent.futures.ThreadPoolExecutor(len(local), "local-servers") as pool:
        asked = [pool.submit(_ask, preset, line, open_client) for preset, line in zip(local, lines, strict=True)]
        with cancel.calling(hang_up):
            concurrent.futures.wait(asked, seconds)
        hang_up()
    cancel.raise_if_cancelled()
    return tuple(found for one in asked if (found := one.result()) is not None)


def _ask(preset: EndpointPreset, line: Line, open_client: OpenClient) -> FoundServer | None:
    """On a thread of its own."""
    root = server_root(preset.base_url)
    with open_client(root) as client:
        http = EndpointHttp(preset.name, root, "", client, _ONCE)
        try:
            answer = http.ask("GET", "/v1/models", None, Exchange("probe", preset.name, line=line))
        except EndpointRefused as refused:
            return FoundServer(preset, (), wants_key=True) if refused.status in KEY_STATUS else None
        except EndpointError:
            return None  # nobody listens, or something else than a model
    told = models_told(answer)
    return FoundServer(preset, told) if told else None
