"""Has a cloud write many answers at a time, for training and for comparing. Nothing private is asked or sent."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.run_store import RunStore
from costeer.foundation.text import whole_characters
from costeer.foundation.translatable import Translatable
from costeer.privacy.ledger import Purpose
from costeer.services.endpoints import Connection

_WRITING = Translatable("The cloud writes answers")

Connect = Callable[[CancelToken], Connection]


@dataclass(frozen=True, slots=True)
class Manner:
    """How answers are written. Temperature 0 is greedy; `purpose` is what the ledger says of them."""

    most_tokens: int
    at_once: int
    temperature: float = 0.0
    top_p: float = 1.0
    purpose: Purpose = "answer"


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """`whole`: it came to its end."""

    text: str
    whole: bool


def write_answers(
    connect: Connect,
    asked: Mapping[str, str],
    store: RunStore,
    manner: Manner,
    *,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> dict[str, WrittenAnswer]:
    """The answer to each question. The keys of `asked` are those of the units in `store`; what it has is not asked
    for again.

    Raises EndpointError, KnownError when the store cannot be written, Cancelled; what was written by then is kept.
    """
    missing = [one for one in asked if one not in store]
    done = len(asked) - len(missing)
    progress(Progress(_WRITING, done, len(asked)))
    connection = connect(cancel).made_for(manner.purpose) if missing else None
    stopped = CancelToken()
    lock = threading.Lock()

    def write(key: str) -> None:
        assert connection is not None
        stopped.raise_if_cancelled()
        seed = random.Random(key).randrange(2**31)
        answer = write_one(connection, asked[key], manner, seed, cancel)
        with lock:
            store.put(key, {"text": answer.text, "whole": answer.whole})

    with ThreadPoolExecutor(manner.at_once, thread_name_prefix="writing") as threads:
        jobs = {threads.submit(write, one) for one in missing}
        try:
            while jobs:
                finished, jobs = wait(jobs, return_when=FIRST_COMPLETED)
                for job in finished:
                    job.result()
                    done += 1
                progress(Progress(_WRITING, done, len(asked)))
        except BaseException:
            stopped.cancel()
            for job in jobs:
                job.cancel()
            raise
    return {key: WrittenAnswer(str(store[key]["text"]), bool(store[key]["whole"])) for key in asked}


def write_one(
    connection: Connection, question: str, manner: Manner, seed: int, cancel: CancelToken
) -> WrittenAnswer:
    """The cloud's own answer. Raises EndpointError, Cancelled."""
    client = connection.client
    prompt = client.prepare([{"role": "user", "content": question}], cancel=cancel)
    opened = client.open_prompt(prompt, 0 if client.abilities.kind != "llama-server" else 1, None, cancel)
    stream = opened.plain_stream(
        (), manner.most_tokens, temperature=manner.temperature, top_p=manner.top_p, seed=seed
    )
    written, positions, ended = b"", 0, False
    try:
        while arrived := stream.take(64):
            written += b"".join(one.token_bytes for one in arrived)
            positions += len(arrived)
            ended = not arrived[-1].token_bytes
    finally:
        stream.close()
    return WrittenAnswer(whole_characters(written)[0].strip(), ended or positions < manner.most_tokens)
