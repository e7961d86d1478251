"""A loopback server that says exactly what a test wants said: the bad weather of real endpoints."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Talk:
    """One request, and the means to answer it piece by piece."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self._handler = handler
        self.method = handler.command
        self.path = handler.path
        self.headers = dict(handler.headers.items())
        self.body = body
        self.port = int(handler.client_address[1])

    def json(self) -> dict[str, object]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    def answer(
        self, status: int, content_type: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self._handler.send_response(status)
        for name, value in (headers or {}).items():
            self._handler.send_header(name, value)
        self._handler.send_header("Content-Type", content_type)
        self._handler.send_header("Content-Length", str(len(body)))
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def begin(self, content_type: str = "text/event-stream") -> None:
        self._handler.send_response(200)
        self._handler.send_header("Content-Type", content_type)
        self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.end_headers()

    def chunk(self, data: bytes) -> None:
        self._handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self._handler.wfile.flush()

    def end(self) -> None:
        self._handler.wfile.write(b"0\r\n\r\n")

    def drop(self) -> None:
        """Close the connection in the middle of the answer."""
        self._handler.close_connection = True
        self._handler.connection.shutdown(socket.SHUT_RDWR)

    def wait_until_client_leaves(self, seconds: float = 10.0) -> bool:
        """Whether the client closed its side in time."""
        self._handler.connection.settimeout(seconds)
        try:
            return not self._handler.connection.recv(1)
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        finally:
            self._handler.close_connection = True


class ScriptedServer:
    """A context manager; `base_url` is valid inside. `script` is called for each request, on its own thread."""

    def __init__(self, script: Callable[[Talk], None]) -> None:
        self.bodies: list[bytes] = []
        self.errors: list[Exception] = []
        self._idle: set[socket.socket] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def handle_one_request(self) -> None:
                outer._idle.add(self.connection)
                super().handle_one_request()

            def finish(self) -> None:
                outer._idle.discard(self.connection)
                super().finish()

            def do_POST(self) -> None:
                outer._idle.discard(self.connection)
                length = int(self.headers.get("Content-Length", "0"))
                body = self.rfile.read(length)
                if len(body) < length:  # the client gave its request up between its head and its body
                    self.close_connection = True
                    return
                outer.bodies.append(body)
                try:
                    script(Talk(self, body))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the client was told to leave
                except Exception as error:  # noqa: BLE001  # told by __exit__, on the thread of the test
                    outer.errors.append(error)
                    self.close_connection = True

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                error = sys.exception()
                if not isinstance(error, ConnectionError):  # between two requests a client may leave as it likes
                    assert isinstance(error, Exception)
                    outer.errors.append(error)

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        for one in tuple(self._idle):  # what waits for a next request, which does not come
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RD)
        self._server.server_close()
        if kind is None:
            assert not self.errors, self.errors


def event(value: object) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def entry(token: int, written: bytes, *, pieces: dict[int, bytes] | None = None) -> dict[str, object]:
    """One of llama-server's logprob entries; the alternatives are `pieces` (by default the token alone)."""
    pieces = pieces or {token: written}
    return {
        "id": token,
        "token": written.decode("utf-8", "replace"),
        "bytes": list(written),
        "logprob": -0.1,
        "top_logprobs": [
            {"id": one, "token": piece.decode("utf-8", "replace"), "bytes": list(piece), "logprob": -0.1 - rank}
            for rank, (one, piece) in enumerate(pieces.items())
        ],
    }


def delta(*entries: dict[str, object], finish: str | None = None, completion_tokens: int | None = None) -> bytes:
    """A streamed completion event with these entries."""
    choice = {
        "text": "".join(str(one["token"]) for one in entries),
        "index": 0,
        "logprobs": {"content": list(entries)} if entries else None,
        "finish_reason": finish,
    }
    value: dict[str, object] = {"choices": [choice]}
    if completion_tokens is not None:
        value["usage"] = {"completion_tokens": completion_tokens}
    return event(value)


DONE = b"data: [DONE]\n\n"
