"""Renders a conversation with the model's own chat template.

A template is a small jinja program that came with a downloaded file, so it is not trusted: it runs in jinja's
sandbox, and every loop step and every call it makes is counted, so that it always comes to an end. The
environment offers what templates written for Hugging Face transformers rely on. Pure; any thread.
"""

from __future__ import annotations

import datetime
import functools
import json
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox

from costeer.foundation.errors import ModelError

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content']"
    " + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""For models that come without a template."""

MOST_STEPS = 200_000
"""Loop steps and calls in one rendering; a long conversation takes a few thousand."""

MOST_CHARACTERS = 10_000_000
_LARGEST_FACTOR = 100_000


class _TemplateRefused(Exception):
    """What `raise_exception` in a template raises, and what exceeding a bound raises."""


class _Generation(jinja2.ext.Extension):
    """`{% generation %}…{% endgeneration %}` marks the assistant's part for training; here it is transparent."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 declares it as an instance attribute

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Environment(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """A sandbox that also counts. One per rendering, because it holds the count."""

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, now: datetime.datetime) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"])
        self._steps = 0
        self.filters["tojson"] = _to_json
        self.filters["_counted"] = self._counted
        self.globals["raise_exception"] = _raise
        self.globals["strftime_now"] = now.strftime

    def _parse(self, source: str, name: str | None, filename: str | None) -> jinja2.nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(jinja2.nodes.For)):
            loop.iter = jinja2.nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
        return tree

    def call(self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        self._step()
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        for one in (left, right):
            if isinstance(one, int) and abs(one) > _LARGEST_FACTOR:
                raise _TemplateRefused("it multiplies by too large a number")
        if operator == "**":
            raise _TemplateRefused("it raises to a power")
        return super().call_binop(context, operator, left, right)

    def _counted(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self._step()
            yield value

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _TemplateRefused("it does not come to an end")


@functools.lru_cache(maxsize=8)
def _compiled(template: str) -> types.CodeType:
    """Takes longer than most renderings. Raises jinja2.TemplateError."""
    return _Environment(datetime.datetime.min).compile(template)


def render_chat(
    template: str,
    messages: Sequence[Mapping[str, str]],
    *,
    bos_text: str = "",
    eos_text: str = "",
    add_generation_prompt: bool = True,
    now: Callable[[], datetime.datetime] = datetime.datetime.now,
) -> str:
    """The text that `messages` ({"role": …, "content": …}) become; an empty `template` means ChatML.

    The text holds control tokens: tokenise it with parse_special. Raises ModelError when the template is
    broken, refuses the conversation, or does not come to an end.
    """
    pieces: list[str] = []
    length = 0
    try:
        environment = _Environment(now())
        compiled = jinja2.Template.from_code(
            environment, _compiled(template or CHATML), environment.make_globals(None)
        )
        for piece in compiled.generate(
            messages=[dict(message) for message in messages],
            bos_token=bos_text,
            eos_token=eos_text,
            add_generation_prompt=add_generation_prompt,
            tools=None,
            documents=None,
        ):
            length += len(piece)
            if length > MOST_CHARACTERS:
                raise _TemplateRefused("its text grows too long")
            pieces.append(piece)
    except (jinja2.TemplateError, _TemplateRefused, RecursionError) as error:
        raise _broken(str(error)) from error
    except (
        TypeError,
        ValueError,
        AttributeError,
        LookupError,
        ArithmeticError,
        SyntaxError,
        MemoryError,
    ) as error:
        raise _broken(type(error).__name__) from error
    return "".join(pieces)


def _broken(why: str) -> ModelError:
    return ModelError(f"The model's chat template cannot be used ({why}); choose another model.")


def _raise(message: str) -> None:
    raise _TemplateRefused(message)


def _to_json(value: Any, indent: int | None = None) -> str:
    """As transformers does it: jinja's own filter escapes for HTML, which would corrupt a prompt."""
    return json.dumps(value, ensure_ascii=False, indent=indent)
