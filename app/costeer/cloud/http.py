"""Requests to one endpoint: the key, the purpose, bounded bodies, and every failure as a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from costeer.cloud.errors import broken, is_web_page, malformed, refused, unreachable, web_page
from costeer.foundation.errors import BadInput
from costeer.privacy.exchange import Exchange

_LONGEST_ERROR = 1_000_000
_LONGEST_ANSWER = 32_000_000


class EndpointHttp:
    """The HTTP side of an endpoint. Stateless but for `client`, which is shared; usable from any thread."""

    def __init__(self, name: str, root: str, key: str, client: httpx.Client) -> None:
        """`root` is what `urls.server_root` gives; `key` may be empty. Raises BadInput for an impossible key."""
        if not (key.isascii() and key.isprintable() and key == key.strip()):
            raise BadInput(f"The key of {name} holds spaces or characters that no key has; enter it again.")
        self.name = name
        self.root = root
        self._client = client
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    @contextmanager
    def answering(
        self, method: str, path: str, body: Mapping[str, object] | None, exchange: Exchange
    ) -> Iterator[httpx.Response]:
        """Send, and yield the response when its head says 200; its body is still to be read.

        Raises EndpointUnreachable, EndpointRefused, PromptTooLong or EndpointError; inside the block an httpx
        error becomes StreamBroken.
        """
        url = self.root + path
        request = self._client.build_request(
            method, url, json=body, headers=self._headers, extensions=exchange.extensions()
        )
        try:
            response = self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise unreachable(self.name, self.root, error) from error
        try:
            if response.status_code != 200:
                text = self._read(response, _LONGEST_ERROR).decode("utf-8", "replace")
                raise refused(self.name, response.status_code, response.headers, text)
            yield response
        except httpx.HTTPError as error:
            raise broken(self.name, str(error) or type(error).__name__) from error
        finally:
            response.close()

    def ask(
        self, method: str, path: str, body: Mapping[str, object] | None, exchange: Exchange
    ) -> Mapping[str, object]:
        """One request, one JSON object. Raises as `answering` does, and EndpointError for any other answer."""
        with self.answering(method, path, body, exchange) as response:
            return self.json_object(response, path)

    def json_object(self, response: httpx.Response, path: str) -> Mapping[str, object]:
        """The body of `response`, which must be one JSON object. Raises EndpointError when it is not."""
        text = self._read(response, _LONGEST_ANSWER).decode("utf-8", "replace")
        if is_web_page(response.headers.get("content-type", ""), text):
            raise web_page(self.name)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise malformed(self.name, f"answered {path} with something that is not JSON") from error
        if not isinstance(value, dict):
            raise malformed(self.name, f"answered {path} with something that is not a JSON object")
        return value

    def _read(self, response: httpx.Response, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        for chunk in response.iter_raw():
            size += len(chunk)
            if size > limit:
                raise malformed(self.name, f"sent an answer of more than {limit // 1_000_000} MB")
            parts.append(chunk)
        return b"".join(parts)
