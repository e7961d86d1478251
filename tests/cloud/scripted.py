"""A client of a scripted server, and its streams read to the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from costeer.cloud.dialects.protocol import PreparedPrompt
from costeer.cloud.llama_server import LlamaServerClient
from costeer.cloud.prompt import LlamaServerPrompt
from costeer.cloud.retries import Patience
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import KnownError
from costeer.privacy.ledger import LedgerSink
from costeer.privacy.transport import open_client
from costeer.steering.types import CloudPosition
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import ScriptedServer, Talk, entry

NAME = "Test cloud"


IMPATIENT = Patience(attempts=1)


@contextmanager
def connected(
    script: Callable[[Talk], None],
    *,
    ledger: LedgerSink | None = None,
    read_seconds: float = 20.0,
    patience: Patience = IMPATIENT,
) -> Iterator[LlamaServerClient]:
    with (
        ScriptedServer(script) as server,
        open_client(ledger or MemoryLedger(), base_url=server.base_url, read_seconds=read_seconds) as http,
    ):
        yield LlamaServerClient(server.base_url, "sesame", "", http, NAME, patience=patience)


def of_ids(ids: Sequence[int]) -> PreparedPrompt:
    """A prompt of these tokens."""
    return PreparedPrompt((), len(ids), "", tuple(ids))


def prompt_of(client: LlamaServerClient, cancel: CancelToken | None = None) -> LlamaServerPrompt:
    return client.open_prompt(of_ids([7, 8]), 20, "m", cancel or CancelToken())


def read(client: LlamaServerClient, most: int = 5) -> tuple[list[int], KnownError | None]:
    """The tokens of one stream, and what ended it."""
    tokens: list[int] = []
    with prompt_of(client).stream([], most) as stream:
        try:
            for _ in range(1000):
                some: list[CloudPosition] = stream.take(3)
                if not some:
                    return tokens, None
                tokens += [one.token for one in some]
        except KnownError as error:
            return tokens, error
    raise AssertionError("the stream does not end")


def among(token: int, written: bytes, pieces: dict[int, bytes]) -> dict[str, object]:
    """An entry with the alternatives `pieces`, each half as likely as the one before it."""
    top = [
        {"id": one, "token": "", "bytes": list(piece), "logprob": -math.log(2.0) * (rank + 1)}
        for rank, (one, piece) in enumerate(pieces.items())
    ]
    return {**entry(token, written), "top_logprobs": top}


def sending(*parts: bytes) -> Callable[[Talk], None]:
    def script(talk: Talk) -> None:
        talk.begin()
        for part in parts:
            talk.chunk(part)
        talk.end()

    return script
