"""Renders a conversation with the model's own chat template.

A template is a small jinja program that came with a downloaded file or from a server, so it is not trusted: it is
run by `templates`, which knows only what chat templates need and charges everything to a budget, so that it always
comes to an end, in bounded memory. It is offered what Hugging Face transformers offers. Pure; any thread.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Mapping, Sequence

import jinja2

from costeer.foundation.errors import ModelError
from costeer.local.templates.program import compiled
from costeer.local.templates.run import Run, Statement, globals_at
from costeer.local.templates.values import Budget, TemplateRefused

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content']"
    " + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""For models that come without a template."""

_LONGEST_REASON = 200


@functools.lru_cache(maxsize=4)
def _compiled(template: str) -> Statement:
    """Takes longer than most renderings. Raises as `compiled`."""
    return compiled(template)


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
    try:
        run = Run(
            Budget(),
            globals_at(now())
            | {
                "messages": [dict(message) for message in messages],
                "bos_token": bos_text,
                "eos_token": eos_text,
                "add_generation_prompt": add_generation_prompt,
                "tools": None,
                "documents": None,
            },
        )
        _compiled(template or CHATML)(run)
        return "".join(run.written)
    except jinja2.TemplateError as error:
        raise _broken(error.message or type(error).__name__) from error
    except (TemplateRefused, RecursionError) as error:
        raise _broken(str(error)) from error
    except (TypeError, ValueError, LookupError, ArithmeticError, MemoryError) as error:
        raise _broken(type(error).__name__) from error


def _broken(why: str) -> ModelError:
    printable = "".join(one if one.isprintable() else " " for one in why[:_LONGEST_REASON])
    reason = " ".join(printable.split())  # the template may have written it, and a terminal obeys some characters
    return ModelError(f"The model's chat template cannot be used ({reason}); choose another model.")
