"""Renders conversations with chat templates, in a child process that may be lost at any time.

A template is a small jinja program that came with a downloaded file or from a server, so it is not trusted. It is
given to jinja as it is, and whatever it does there (working for ever, taking all memory, crashing the interpreter)
costs its process, which is started anew, and a sentence. Only bytes come back, and they become nothing but a text.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import psutil

from costeer.foundation.cancel import CancelToken, any_of, holding
from costeer.foundation.child_process import ChildLost, end_process, how_it_was_lost, spawn_context
from costeer.foundation.errors import ModelError
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.local.template_worker import MOST_ADDED, MOST_MEMORY, READY, TEXT, TOO_LARGE, run_template_worker

log = logging.getLogger(__name__)

LONGEST_SECONDS = 2.5
"""For one rendering. That of a long conversation takes some milliseconds."""

_LONGEST_START_SECONDS = 15.0
_MOST_STARTS = 2  # for one rendering
_GLANCE_SECONDS = 0.02
_LONGEST_REASON = 200


class TemplateProcess:
    """One process for the templates of all models and endpoints, started when it is first needed. All methods may
    be called from any thread; renderings wait for each other. After `close` every call raises Cancelled."""

    def __init__(self, longest_seconds: float = LONGEST_SECONDS) -> None:
        self._longest_seconds = longest_seconds
        self._lock = threading.Lock()
        self._closed = CancelToken()
        self._child: _TemplateChild | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None while no process runs."""
        child = self._child
        return child.pid if child else None

    def start(self) -> None:
        """Start the process, if none runs, without waiting for it: then the first rendering need not."""
        if not self._lock.acquire(blocking=False):
            return  # whoever has the lock has the process, or ends it
        try:
            if self._child is None and not self._closed.cancelled:
                with contextlib.suppress(ModelError):  # a rendering will tell
                    self._child = _TemplateChild()
        finally:
            self._lock.release()

    def render(
        self,
        template: str,
        messages: Sequence[Mapping[str, str]],
        cancel: CancelToken | None = None,
        *,
        bos_text: str = "",
        eos_text: str = "",
        add_generation_prompt: bool = True,
        now: Callable[[], datetime.datetime] = datetime.datetime.now,
    ) -> str:
        """The text that `messages` ({"role": …, "content": …}) become; an empty `template` means ChatML.

        The text holds control tokens: tokenise it with parse_special. Raises ModelError when the template is
        broken, refuses the conversation, or exceeds a bound; Cancelled.
        """
        if not template:
            return _chatml(messages, add_generation_prompt)
        names = {
            "messages": [dict(message) for message in messages],
            "bos_token": bos_text,
            "eos_token": eos_text,
            "add_generation_prompt": add_generation_prompt,
            "tools": None,
            "documents": None,
        }
        asked = {"template": template, "now": now().isoformat(), "names": names}
        request = json.dumps(asked, ensure_ascii=False).encode("utf-8", "surrogatepass")
        with any_of(self._closed, cancel) as either, holding(self._lock, either):
            reply = self._answer(request, either)
        text = reply[len(TEXT) :].decode("utf-8", "replace")
        if not reply.startswith(TEXT):
            raise _unusable(Translatable.verbatim(_one_line(text)))
        return text

    def close(self) -> None:
        """Stop whatever is under way (it raises Cancelled) and end the process. May be called again."""
        self._closed.cancel()
        with self._lock:
            if self._child is not None:
                self._child.end()
                self._child = None

    def __enter__(self) -> TemplateProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, request: bytes, cancel: CancelToken) -> bytes:
        """The reply to `request`; from a second process, in what is left of the time, when the first is lost."""
        left = self._longest_seconds
        why = NOTHING
        for _ in range(_MOST_STARTS):
            try:
                with self._running() as child:
                    return child.ask(request, left, cancel)
            except ChildLost as lost:
                log.warning("The template process %s", lost)
                why = Translatable("its process {how}", how=lost.said)
                left -= child.seconds
        raise _unusable(why)

    @contextlib.contextmanager
    def _running(self) -> Iterator[_TemplateChild]:
        """The process. Whatever is raised over it, it is not used again."""
        self._child = child = self._child or _TemplateChild()
        try:
            yield child
        except BaseException:
            self._child = None
            child.kill()
            raise


class _TemplateChild:
    """One life of the process; one request at a time.

    Writing to it and reading from it cannot be interrupted, but they end when the process does: so whoever wants
    them to end (a cancelled token, the watch on time and memory) kills the process.
    """

    def __init__(self) -> None:
        """Start the process. Raises ModelError when the computer cannot."""
        context = spawn_context()
        self._connection, its_end = context.Pipe()
        self._process = context.Process(
            target=run_template_worker,
            args=(its_end,),
            name="costeer-templates",
            daemon=True,  # ended, not waited for, when the interpreter exits without close()
        )
        try:
            self._process.start()
        except OSError as error:
            self._connection.close()
            raise ModelError(
                "The process for chat templates cannot be started ({why}); close other programs.",
                why=system_words(error),
            ) from error
        finally:
            its_end.close()  # else this side would keep the pipe open, and never see its end
        self._is_ready = False
        self._has_answered = False
        self._verdict: Exception | None = None
        self.seconds = 0.0
        """How long the last rendering took, or had taken when the process was lost."""

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def ask(self, request: bytes, seconds: float, cancel: CancelToken) -> bytes:
        """The reply, within `seconds`. Raises ModelError when the template exceeds a bound, ChildLost, Cancelled;
        the process can then only be killed."""
        self.seconds = 0.0
        try:
            with cancel.calling(self._process.kill):
                if not self._is_ready:
                    with self._watched(_LONGEST_START_SECONDS, ChildLost("does not start")):
                        self._connection.recv_bytes(len(READY))
                    self._is_ready = True
                with self._watched(seconds, _unusable(Translatable("it does not come to an end"))), self._timed():
                    self._connection.send_bytes(request)
                    reply = self._connection.recv_bytes(len(TEXT) + len(request) + MOST_ADDED)
                    self._has_answered = True
                    return reply
        except (EOFError, OSError) as error:
            cancel.raise_if_cancelled()
            raise self._why_lost() from error

    def end(self) -> None:
        """Make sure that the process is gone."""
        self._connection.close()
        end_process(self._process, patience=0.5)

    def kill(self) -> None:
        """Make sure that the process is gone, without asking."""
        self._process.kill()
        self.end()

    def _why_lost(self) -> Exception:
        if self._verdict is not None:
            return self._verdict
        self.end()
        if self._process.exitcode == TOO_LARGE:
            return self._too_large()
        return how_it_was_lost(self._process)

    def _too_large(self) -> Exception:
        """Earlier templates may have left too little: only of the first one is it known that it is to blame."""
        return (
            ChildLost("took too much memory")
            if self._has_answered
            else _unusable(Translatable("it takes too much memory"))
        )

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds = time.monotonic() - began

    @contextlib.contextmanager
    def _watched(self, seconds: float, late: Exception) -> Iterator[None]:
        """While the block runs, the process is killed when it grows too large, or after `seconds` (for `late`)."""
        over = threading.Event()
        arguments = (over, time.monotonic() + seconds, late)
        watch = threading.Thread(target=self._watch, args=arguments, name="template-watch", daemon=True)
        watch.start()
        try:
            yield
        finally:
            over.set()
            watch.join()  # it must not kill later: the process's number could be another's by then

    def _watch(self, over: threading.Event, end: float, late: Exception) -> None:
        while not over.wait(_GLANCE_SECONDS):  # bounded by `end`
            # Until it has begun a program of its own, a new process shows the memory of its parent.
            if self._is_ready and self._memory() > MOST_MEMORY:
                self._verdict = self._too_large()
            elif time.monotonic() >= end:
                self._verdict = late
            else:
                continue
            self._process.kill()
            return

    def _memory(self) -> int:
        """The memory that the process takes, in bytes."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:  # it is gone, of which whoever waits for it is told in another way
            return 0


def _chatml(messages: Sequence[Mapping[str, str]], add_generation_prompt: bool) -> str:
    """For models that come without a template."""
    said = "".join(f"<|im_start|>{one['role']}\n{one['content']}<|im_end|>\n" for one in messages)
    return said + ("<|im_start|>assistant\n" if add_generation_prompt else "")


def _unusable(why: Translatable) -> ModelError:
    return ModelError("The model's chat template cannot be used ({why}); choose another model.", why=why)


def _one_line(text: str) -> str:
    """A reason that the template may have written: a terminal obeys some characters."""
    printable = "".join(one if one.isprintable() else " " for one in text[:_LONGEST_REASON])
    return " ".join(printable.split())
