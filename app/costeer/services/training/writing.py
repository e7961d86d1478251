"""Has a cloud write the answers that a reward adapter is trained on. Nothing private is asked or sent."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.run_store import RunStore
from costeer.foundation.text import whole_characters
from costeer.foundation.translatable import Translatable
from costeer.services.endpoints import Connection
from costeer.services.training.material import Wanted

_TEMPERATURE, _TOP_P = 0.7, 0.95
_WRITING = Translatable("The cloud writes answers under opposite principles")

Connect = Callable[[CancelToken], Connection]


def write_answers(
    connect: Connect,
    tell: str,
    wanted: Sequence[Wanted],
    store: RunStore,
    *,
    most_tokens: int,
    at_once: int,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> dict[Wanted, tuple[str, bool]]:
    """The text of each answer, and whether it came to its end. What `store` has is not asked for again.

    Raises EndpointError, KnownError when the store cannot be written, Cancelled; what was written by then is kept.
    """
    missing = [one for one in wanted if one.key not in store]
    done = len(wanted) - len(missing)
    progress(Progress(_WRITING, done, len(wanted)))
    connection = connect(cancel) if missing else None
    stopped = CancelToken()
    lock = threading.Lock()

    def write(one: Wanted) -> None:
        assert connection is not None
        stopped.raise_if_cancelled()
        text, whole = write_one(connection, tell, one, most_tokens, cancel)
        with lock:
            store.put(one.key, {"text": text, "whole": whole})

    with ThreadPoolExecutor(at_once, thread_name_prefix="training-material") as threads:
        jobs = {threads.submit(write, one) for one in missing}
        try:
            while jobs:
                finished, jobs = wait(jobs, return_when=FIRST_COMPLETED)
                for job in finished:
                    job.result()
                    done += 1
                progress(Progress(_WRITING, done, len(wanted)))
        except BaseException:
            stopped.cancel()
            for job in jobs:
                job.cancel()
            raise
    return {one: (str(store[one.key]["text"]), bool(store[one.key]["whole"])) for one in wanted}


def write_one(
    connection: Connection, tell: str, wanted: Wanted, most_tokens: int, cancel: CancelToken
) -> tuple[str, bool]:
    """One answer, drawn by the cloud itself, and whether it came to its end. Raises EndpointError, Cancelled."""
    client = connection.client
    asked = f"{tell.format(principle=wanted.principle)}\n\n{wanted.question}"
    prompt = client.prepare([{"role": "user", "content": asked}], cancel=cancel)
    opened = client.open_prompt(prompt, 0 if client.abilities.kind != "llama-server" else 1, None, cancel)
    seed = random.Random(wanted.key).randrange(2**31)
    stream = opened.plain_stream((), most_tokens, temperature=_TEMPERATURE, top_p=_TOP_P, seed=seed)
    written, positions, ended = b"", 0, False
    try:
        while arrived := stream.take(64):
            written += b"".join(one.token_bytes for one in arrived)
            positions += len(arrived)
            ended = not arrived[-1].token_bytes
    finally:
        stream.close()
    return whole_characters(written)[0].strip(), ended or positions < most_tokens
