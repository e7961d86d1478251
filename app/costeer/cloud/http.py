"""Requests to one endpoint: key, purpose, bounded bodies, asking again, and every failure as a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from costeer.cloud.errors import broken_by, is_web_page, malformed, refused, unreachable, web_page
from costeer.cloud.retries import PATIENT, Patience
from costeer.foundation.cancel import CancelToken, unless_cancelled
from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Exchange

_LONGEST_ERROR = 1_000_000
_LONGEST_ANSWER = 32_000_000
_SHORTEST_SECRET = 6


class EndpointHttp:
    """The HTTP side of an endpoint. Stateless but for `client`, which is shared; usable from any thread."""

    def __init__(self, name: str, root: str, key: str, client: httpx.Client, patience: Patience = PATIENT) -> None:
        """`root` is what `urls.server_root` gives; `key` may be empty. Raises BadInput for an impossible key."""
        if not (key.isascii() and key.isprintable() and key == key.strip()):
            raise BadInput(
                "The key of {name} holds spaces or characters that no key has; enter it again.", name=name
            )
        self.name = name
        self.root = root
        self._key = key
        self._client = client
        self._patience = patience
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    @contextmanager
    def answering(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        exchange: Exchange,
        cancel: CancelToken | None = None,
    ) -> Iterator[httpx.Response]:
        """Send, and yield the response when its head says 200; its body is still to be read.

        What is refused before anything was done for it is sent again (see `retries`); a wait for that ends at once
        when the line of `exchange` is hung up or `cancel` is cancelled.

        Raises EndpointUnreachable, EndpointRefused, PromptTooLong, EndpointError or Cancelled; inside the block an
        httpx error becomes StreamBroken. No sentence repeats the key, whatever the server says.
        """
        try:
            response = self._patience.keep_trying(
                self.name, lambda: self._sent(method, path, body, exchange), exchange.line, cancel
            )
            try:
                yield response
            except httpx.HTTPError as error:
                raise broken_by(self.name, error) from error
            finally:
                response.close()
        except KnownError as error:
            self._hide_key(error)
            raise

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        exchange: Exchange,
        cancel: CancelToken | None = None,
    ) -> Mapping[str, object]:
        """One request, one JSON object; with `cancel` nobody waits longer than they want to.

        Raises as `answering` does, and EndpointError for any other answer."""

        def answer() -> Mapping[str, object]:
            with self.answering(method, path, body, exchange, cancel) as response:
                return self.json_object(response, path)

        return answer() if cancel is None else unless_cancelled(answer, cancel)

    def _sent(
        self, method: str, path: str, body: Mapping[str, object] | None, exchange: Exchange
    ) -> httpx.Response:
        """One attempt. Raises NotBegun where it may be made again."""
        request = self._client.build_request(
            method, self.root + path, json=body, headers=self._headers, extensions=exchange.extensions()
        )
        try:
            response = self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise unreachable(self.name, self.root, error) from error
        if response.status_code == 200:
            return response
        try:
            text = self._read(response, _LONGEST_ERROR).decode("utf-8", "replace")
        except httpx.HTTPError as error:
            raise broken_by(self.name, error) from error
        finally:
            response.close()
        # Hidden before it is shortened to a part of the key.
        raise refused(self.name, response.status_code, response.headers, self._without_key(text))

    def _hide_key(self, error: KnownError) -> None:
        """Some servers repeat the key that they do not accept."""
        if self._without_key(error.user_message) != error.user_message:
            error.reword(error.said.replacing(self._without_key))

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "[key]") if len(self._key) >= _SHORTEST_SECRET else text

    def json_object(self, response: httpx.Response, path: str | Translatable) -> Mapping[str, object]:
        """The body of `response`, which must be one JSON object. Raises EndpointError when it is not.

        It does not hold the key, of which some servers make the name of a model: what is found out is kept."""
        text = self._without_key(self._read(response, _LONGEST_ANSWER).decode("utf-8", "replace"))
        if is_web_page(response.headers.get("content-type", ""), text):
            raise web_page(self.name)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise malformed(
                self.name, Translatable("answered {path} with something that is not JSON", path=path)
            ) from error
        if not isinstance(value, dict):
            raise malformed(
                self.name, Translatable("answered {path} with something that is not a JSON object", path=path)
            )
        return value

    def _read(self, response: httpx.Response, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        for chunk in response.iter_raw():
            size += len(chunk)
            if size > limit:
                raise malformed(
                    self.name, Translatable("sent an answer of more than {size} MB", size=limit // 1_000_000)
                )
            parts.append(chunk)
        return b"".join(parts)
