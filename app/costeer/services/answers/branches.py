"""The two local branches of an answer: the same public conversation, with and without the private prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costeer.cloud.dialects.protocol import PreparedPrompt
from costeer.foundation.cancel import CancelToken
from costeer.local.process import LocalSession, ModelProcess
from costeer.personalization.private_prompt import AsShown, as_it_is, build_private_prompt
from costeer.personalization.profile import Profile
from costeer.services.answers.prompts import ChatMessage, without_system

PRIVATE_SHARE = 4
"""The private prompt may take one part in this many of a branch's context."""

_TEMPLATE_TOKENS = 64
"""What a chat template may add around the private prompt."""


@dataclass(frozen=True, slots=True, eq=False)
class LocalBranches:
    """Ready to score. `shown` are the marks of the parts of the private prompt.

    `public_length` counts the tokens of the prompt without context: a public number, on which the length of
    an answer may depend. The private prompt keeps to its own share of the context."""

    session: LocalSession
    private_text: str
    public_length: int
    shown: tuple[str, ...] = ()


def open_branches(
    model: ModelProcess,
    messages: Sequence[ChatMessage],
    profile: Profile,
    retrieved: Sequence[str],
    cancel: CancelToken,
    begin: Sequence[int] = (),
    *,
    passages: Sequence[tuple[str, str]] = (),
    as_shown: AsShown = as_it_is,
    alone: bool = False,
) -> LocalBranches:
    """Show both branches their prompts, each behind the tokens `begin` (a begin-of-text token, where one is due).

    `as_shown` puts placeholders into what is private, as they stand in `messages`. `alone` leaves out the branch
    without context: the local model is not to steer but to answer.

    Raises PromptTooLong, LocalModelLost, ModelError, Cancelled.
    """
    private = build_private_prompt(
        profile,
        retrieved,
        lambda text: len(model.tokenize(text, False)),
        private_budget(model),
        passages,
        as_shown,
    )
    plain = [*begin, *model.tokenize(render_local(model, messages, cancel))]
    shown = [*messages[:-1], {"role": "user", "content": private.before(messages[-1]["content"])}]
    with_context = [*begin, *model.tokenize(render_local(model, shown, cancel))]
    session = model.open(with_context, *(() if alone else (plain,)), cancel=cancel)
    return LocalBranches(session, private.text, len(plain), tuple(one.mark for one in private.parts))


def private_budget(model: ModelProcess) -> int:
    """Tokens that the private prompt may have."""
    return model.describe().branch_context // PRIVATE_SHARE - _TEMPLATE_TOKENS


def public_window(model: ModelProcess) -> int:
    """Tokens of public conversation and answer that a local branch can hold beside the private prompt."""
    context = model.describe().branch_context
    return context - context // PRIVATE_SHARE


def render_local(model: ModelProcess, messages: Sequence[ChatMessage], cancel: CancelToken | None = None) -> str:
    """The conversation in the local model's own chat template, ready for its answer."""
    return model.render(without_system(messages), cancel)


def prepare_local(
    model: ModelProcess, messages: Sequence[ChatMessage], cancel: CancelToken | None = None
) -> PreparedPrompt:
    """The conversation as the local model takes it."""
    text = render_local(model, messages, cancel)
    tokens = model.tokenize(text)
    return PreparedPrompt(tuple(messages), len(tokens), text, tuple(tokens))
