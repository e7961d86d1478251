"""Jinja as Hugging Face transformers sets it up for chat templates. In the template process only."""

from __future__ import annotations

import datetime
import functools
import json
from typing import Any, NoReturn

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox

from costeer.foundation.translatable import translatable

_LONGEST_REASON = 500


class Refused(Exception):
    """The template is broken or refuses the conversation; the message says why."""


class _Generation(jinja2.ext.Extension):
    """`{% generation %}…{% endgeneration %}` marks the assistant's part for training; here it is transparent."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 declares it as an instance attribute

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def render(request: bytes, most: int) -> bytes:
    """The text, as UTF-8, of a JSON `request`: a template, a time, and the names that the template may use.

    Raises Refused, also for a text of more than `most` bytes; MemoryError.
    """
    asked = json.loads(request)
    now = datetime.datetime.fromisoformat(asked["now"])
    pieces: list[bytes] = []
    length = 0
    try:
        template = _compiled(asked["template"])
        for piece in template.generate(**asked["names"], strftime_now=now.strftime):
            pieces.append(piece.encode("utf-8", "replace"))  # a template may spell half a character
            length += len(pieces[-1])
            if length > most:
                raise Refused(translatable("its text grows too long"))
    except (Refused, MemoryError):
        raise
    except jinja2.TemplateError as error:
        raise Refused((error.message or type(error).__name__)[:_LONGEST_REASON]) from error
    except RecursionError as error:
        raise Refused(translatable("it calls itself too often")) from error
    except Exception as error:  # a template can have Python's own types raise whatever they do
        raise Refused(type(error).__name__) from error
    return b"".join(pieces)


@functools.lru_cache(maxsize=4)
def _compiled(template: str) -> jinja2.Template:
    """Takes longer than most renderings. Raises jinja2.TemplateError, and what Python's compiler does."""
    return _environment().from_string(template)


@functools.cache
def _environment() -> jinja2.sandbox.ImmutableSandboxedEnvironment:
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    return environment


def _raise(message: object) -> NoReturn:
    raise jinja2.TemplateError(str(message))


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Jinja's own filter escapes for HTML, which would corrupt a prompt."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
