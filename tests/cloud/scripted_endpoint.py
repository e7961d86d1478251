"""A scripted endpoint: a small deterministic model behind the API of any dialect, with any of the traps that real
endpoints have (each a field of `Traps`)."""

from __future__ import annotations

import dataclasses
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from costeer.foundation.text import whole_characters
from tests.privacy.scripted_server import Talk, event

END = b""
WHOLE = [END, b"The", b" cat", b" is", b"is", b" a", b"Par", b" dog", b"\n", b" b", b".", b" in"]
WHOLE += ["ü".encode(), " 你".encode(), b"\xf0\x9f"]
RESTS = [b"\x98\x80", b"\x98\x82", b"\x8e\x89"]
END_MARK = "<|im_end|>"
MODEL = "small-1"


@dataclass(frozen=True)
class Told:
    """One position of the model: tokens by likelihood."""

    spelled: tuple[bytes, ...]
    logprobs: tuple[float, ...]

    @property
    def best(self) -> bytes:
        return self.spelled[0]


def told(seed: int, written: bytes) -> Told:
    """What comes behind `written`. Behind "Par" it is "is", as a probe expects."""
    inside = bool(whole_characters(written)[1])
    tokens = RESTS if inside else WHOLE
    random = np.random.default_rng([seed, zlib.crc32(written)])
    scores = 2.0 * random.normal(size=len(tokens))
    if written.endswith(b"Par"):
        scores[tokens.index(b"is")] += 20.0
    elif not inside:
        scores[tokens.index(b"is")] -= 20.0 * (not written)
        scores[0] += -3.0 + 0.15 * len(written)  # answers come to an end
    scores -= math.log(float(np.exp(scores).sum()))
    order = np.argsort(-scores, kind="stable")
    return Told(tuple(tokens[one] for one in order), tuple(float(scores[one]) for one in order))


@dataclass(frozen=True)
class Traps:
    """What is wrong, or merely different, with the endpoint."""

    most_k: int = 20
    integer: bool = False
    lists: bool = False
    with_bytes: bool = True
    bytes_of_text: bool = False
    continuation: str = "trailing"
    tells_end: bool = True
    drops_logprobs: bool = False
    sentinels_at_zero: bool = False
    certain: bool = False
    comments: bool = False
    empty_deltas: bool = False
    heeds_stream: bool = True
    ignores_limit: bool = False
    tokens_at_once: int = 1
    key: str = ""
    page: bool = False
    status: int = 0
    retry_after: str = ""
    cut_after: int = 0
    """Positions after which streams break, once; 0: none does."""


@dataclass
class ScriptedEndpoint:
    """The script of a `ScriptedServer`. `kind` is "chat", "completions", "vllm" or "ollama"."""

    kind: str = "chat"
    traps: Traps = field(default_factory=Traps)
    seed: int = 1
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    cuts: int = 0

    def __call__(self, talk: Talk) -> None:
        body = talk.json() if talk.body else {}
        self.requests.append((talk.path, body))
        traps = self.traps
        if traps.page:
            talk.answer(200, "text/html", b"<html><title>Sign in to the network</title></html>")
            return
        if traps.key and talk.headers.get("Authorization") != f"Bearer {traps.key}":
            refuse(talk, 401, "Incorrect API key provided.")
            return
        if traps.status:
            refuse(talk, traps.status, "Slow down.", {"Retry-After": traps.retry_after})
            return
        answer = {
            "/v1/models": self._models,
            "/v1/chat/completions": self._chat,
            "/beta/chat/completions": self._chat,
            "/v1/completions": self._completions,
            "/version": self._version,
            "/tokenize": self._tokenize,
            "/detokenize": self._detokenize,
            "/api/version": self._version,
            "/api/show": self._show,
            "/api/chat": self._ollama,
            "/api/generate": self._ollama,
        }.get(talk.path)
        known = {
            "chat": {"/v1/models", "/v1/chat/completions"},
            "completions": {"/v1/models", "/v1/completions"},
            "vllm": {
                "/v1/models",
                "/v1/chat/completions",
                "/v1/completions",
                "/version",
                "/tokenize",
                "/detokenize",
            },
            "ollama": {"/v1/models", "/api/version", "/api/show", "/api/chat", "/api/generate"},
        }[self.kind] | ({"/beta/chat/completions"} if traps.continuation == "beta" else set())
        if answer is None or talk.path not in known:
            refuse(talk, 404, f"There is no {talk.path} here.")
            return
        answer(talk, body)

    def _models(self, talk: Talk, _: dict[str, Any]) -> None:
        send(talk, {"object": "list", "data": [{"id": MODEL, "object": "model"}, {"id": "other"}]})

    def _version(self, talk: Talk, _: dict[str, Any]) -> None:
        send(talk, {"version": "1.2.3"})

    def _tokenize(self, talk: Talk, body: dict[str, Any]) -> None:
        text = templated(body["messages"])
        ids = [len(WHOLE + RESTS) + one for one in text.encode()]
        send(talk, {"tokens": ids, "count": len(ids), "max_model_len": 4096})

    def _detokenize(self, talk: Talk, body: dict[str, Any]) -> None:
        send(talk, {"prompt": spell_ids(body["tokens"]).decode()})

    def _show(self, talk: Talk, _: dict[str, Any]) -> None:
        template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
        send(talk, {"template": "go", "model_info": {"tokenizer.chat_template": template}})

    def _chat(self, talk: Talk, body: dict[str, Any]) -> None:
        last = body["messages"][-1]
        begun = last["role"] == "assistant"
        way = {
            "trailing": begun and "prefix" not in last and "continue_final_message" not in body,
            "final": begun and body.get("continue_final_message") is True and not body["add_generation_prompt"],
            "prefix": begun and last.get("prefix") is True,
            "beta": begun and last.get("prefix") is True and talk.path.startswith("/beta"),
            "": False,
        }[self.traps.continuation]
        written = last["content"].encode() if way else b""
        asked = body.get("logprobs") if self.traps.integer else body.get("top_logprobs", 0)
        if not self.traps.integer and body.get("logprobs") not in (None, True, False):
            refuse(talk, 400, "logprobs must be a boolean")
            return
        if self.traps.integer and type(asked) is bool:
            refuse(talk, 400, "logprobs must be an integer")
            return
        self._answer(talk, body, written, int(asked or 0), "message")

    def _completions(self, talk: Talk, body: dict[str, Any]) -> None:
        prompt = body["prompt"]
        if isinstance(prompt, list):
            written = spell_ids(prompt).rpartition(b"<assistant>")[2]
        else:
            mark = "<assistant>" if "<assistant>" in prompt else "Assistant:"
            written = prompt.rpartition(mark)[2].encode()
        self._answer(talk, body, written, int(body.get("logprobs") or 0), "text")

    def _ollama(self, talk: Talk, body: dict[str, Any]) -> None:
        if talk.path == "/api/generate":
            assert body["raw"] is True
            written = body["prompt"].rpartition("<assistant>")[2].encode()
        else:
            last = body["messages"][-1]
            written = last["content"].encode() if last["role"] == "assistant" and self.traps.continuation else b""
        options = body["options"]
        flat = {**body, "max_tokens": options["num_predict"], "temperature": options["temperature"]}
        self._answer(talk, flat, written, int(body.get("top_logprobs") or 0), "line")

    def _answer(self, talk: Talk, body: dict[str, Any], written: bytes, k: int, shape: str) -> None:
        traps = self.traps
        if k > traps.most_k:
            refuse(talk, 400, f"top_logprobs must be at most {traps.most_k}, not {k}.")
            return
        ids = body.get("return_tokens_as_token_ids") is True
        steps = list(self._steps(body, written))
        ended = bool(steps) and steps[-1].best == END
        events: list[dict[str, Any]] = []
        shown = [one for one in steps if one.best != END or (traps.tells_end and k)]
        held = b""
        for at in range(0, len(shown), traps.tokens_at_once):
            some = shown[at : at + traps.tokens_at_once]
            text, held = whole_characters(held + b"".join(one.best for one in some))
            probs = None if not k or traps.drops_logprobs else self._logprobs(some, k, body, ids)
            events.append(chunk(shape, text, probs, ""))
        events.append(chunk(shape, "", None, "stop" if ended else "length"))
        if traps.empty_deltas:
            events = [chunk(shape, "", None, ""), *events[:-1], chunk(shape, "", None, ""), events[-1]]
        if not body.get("stream") or not traps.heeds_stream:
            send(talk, whole(shape, events))
            return
        self._stream(talk, events, shape)

    def _stream(self, talk: Talk, events: Sequence[dict[str, Any]], shape: str) -> None:
        cut = self.traps.cut_after if self.cuts == 0 else 0
        talk.begin("application/x-ndjson" if shape == "line" else "text/event-stream")
        for number, one in enumerate(events):
            if cut and number == cut:
                self.cuts += 1
                talk.drop()
                return
            if self.traps.comments:
                talk.chunk(b": OPENROUTER PROCESSING\n\n")
            talk.chunk(json.dumps(one).encode() + b"\n" if shape == "line" else event(one))
        if shape != "line":
            talk.chunk(b"data: [DONE]\n\n")
        talk.end()

    def _steps(self, body: Mapping[str, Any], written: bytes) -> Iterator[Told]:
        most = body["max_tokens"] + (3 if self.traps.ignores_limit else 0)
        for _ in range(most):
            step = told(self.seed, written)
            if self.traps.certain:
                step = dataclasses.replace(step, logprobs=(0.0, *[-30.0] * (len(step.logprobs) - 1)))
            yield step
            if step.best == END:
                return
            written += step.best

    def _logprobs(self, steps: Sequence[Told], k: int, body: Mapping[str, Any], ids: bool) -> object:
        hidden = self.traps.sentinels_at_zero and body.get("temperature") == 0.0
        rows = []
        for step in steps:
            pairs = list(zip(step.spelled, step.logprobs, strict=True))
            if not self.traps.tells_end:
                pairs = [one for one in pairs if one[0] != END]
            pairs = pairs[:k]
            if hidden:
                pairs = [(one, logprob if at == 0 else -9999.0) for at, (one, logprob) in enumerate(pairs)]
            rows.append(pairs)
        if self.traps.lists or ids or ("prompt" in body and "raw" not in body):
            name = id_name if ids else text_name
            return {
                "tokens": [name(one.best) for one in steps],
                "token_logprobs": [one.logprobs[0] for one in steps],
                "top_logprobs": [{name(one): logprob for one, logprob in pairs} for pairs in rows],
                "text_offset": [0] * len(steps),
            }
        entries = [
            {**self._entry(one.best, one.logprobs[0]), "top_logprobs": [self._entry(*pair) for pair in pairs]}
            for one, pairs in zip(steps, rows, strict=True)
        ]
        return {"content": entries}

    def _entry(self, spelled: bytes, logprob: float) -> dict[str, Any]:
        text = text_name(spelled)
        value: dict[str, Any] = {"token": text, "logprob": logprob}
        if self.traps.bytes_of_text:
            value["bytes"] = list(text.encode())
        elif self.traps.with_bytes:
            value["bytes"] = list(spelled)
        else:
            value["bytes"] = None
        return value


def templated(messages: Sequence[Mapping[str, str]]) -> str:
    return "".join(f"<{one['role']}>{one['content']}" for one in messages) + "<assistant>"


def spell_ids(ids: Sequence[int]) -> bytes:
    pieces = WHOLE + RESTS
    return b"".join(pieces[one] if one < len(pieces) else bytes([one - len(pieces)]) for one in ids)


def text_name(spelled: bytes) -> str:
    return END_MARK if spelled == END else spelled.decode("utf-8", "replace")


def id_name(spelled: bytes) -> str:
    return f"token_id:{(WHOLE + RESTS).index(spelled)}"


def chunk(shape: str, text: str, logprobs: Any, finish: str) -> dict[str, Any]:
    if shape == "line":
        done: dict[str, Any] = {"done": bool(finish)}
        if finish:
            done["done_reason"] = finish
        if logprobs is not None:
            done["logprobs"] = logprobs["content"]
        return {"model": MODEL, "response": text, "message": {"role": "assistant", "content": text}, **done}
    said: dict[str, Any] = {"delta": {"content": text}} if shape == "message" else {"text": text}
    return {"choices": [{"index": 0, **said, "logprobs": logprobs, "finish_reason": finish or None}]}


def whole(shape: str, events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """All events as one answer that was not streamed."""
    if shape == "line":
        return {**events[-1], "response": "".join(one["response"] for one in events)}
    key = "delta" if shape == "message" else "text"
    choices = [one["choices"][0] for one in events]
    text = "".join(one[key]["content"] if shape == "message" else one[key] for one in choices)
    parts = [one["logprobs"] for one in choices if one["logprobs"]]
    joined = {name: [x for one in parts for x in one[name]] for name in parts[0]} if parts else None
    said: dict[str, Any] = {"message": {"content": text}} if shape == "message" else {"text": text}
    return {"choices": [{**said, "logprobs": joined, "finish_reason": choices[-1]["finish_reason"]}]}


def send(talk: Talk, value: object) -> None:
    talk.answer(200, "application/json", json.dumps(value).encode())


def refuse(talk: Talk, status: int, message: str, headers: dict[str, str] | None = None) -> None:
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode()
    talk.answer(status, "application/json", body, headers)
