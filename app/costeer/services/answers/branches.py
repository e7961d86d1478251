"""The local branches of an answer: the same public conversation with and without the private prompt; between them,
for each preference, under its principle with the reward adapter and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costeer.cloud.dialects.protocol import PreparedPrompt
from costeer.foundation.cancel import CancelToken
from costeer.local.process import LocalSession, ModelProcess
from costeer.personalization.principles import under_principle
from costeer.personalization.private_prompt import AsShown, PrivatePrompt, as_it_is, build_private_prompt
from costeer.personalization.profile import Profile
from costeer.privacy.sealable_file import SealableFile
from costeer.services.answers.prompts import ChatMessage, without_system

PRIVATE_SHARE = 4
"""The private prompt may take one part in this many of a branch's context."""

_TEMPLATE_TOKENS = 64
"""What a chat template may add around the private prompt."""


@dataclass(frozen=True, slots=True)
class Rewards:
    """The reward adapter, and the principles that are rewarded, in the order of the policy's weights."""

    adapter: SealableFile
    principles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Personal:
    """The adapter of the personal model, and what the user wrote before that resembles the question. `as_context`:
    beside a cloud it is the branch with context, instead of one of its own."""

    adapter: SealableFile
    texts: tuple[str, ...]
    as_context: bool = False


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
    rewards: Rewards | None = None,
    personal: Personal | None = None,
) -> LocalBranches:
    """Show the branches their prompts, each behind the tokens `begin` (a begin-of-text token, where one is due).

    `as_shown` puts placeholders into what is private, as they stand in `messages`. `alone` leaves out the branch
    without context: the local model is not to steer but to answer; then `personal` says that it is the personal
    one. Else that gets a branch of its own, behind the two that `rewards` adds for each principle, if it is not to
    be the context.

    Raises PromptTooLong, LocalModelLost, ModelError, Cancelled.
    """

    def private_prompt(texts: Sequence[str]) -> PrivatePrompt:
        count = lambda text: len(model.tokenize(text, False))  # noqa: E731
        return build_private_prompt(profile, texts, count, private_budget(model), passages, as_shown)

    written = (*personal.texts, *retrieved) if personal else tuple(retrieved)
    first = personal is not None and (alone or personal.as_context)
    private = private_prompt(written if first else retrieved)

    def prompt(question: str) -> list[int]:
        shown = [*messages[:-1], {"role": "user", "content": question}]
        return [*begin, *model.tokenize(render_local(model, shown, cancel))]

    question = messages[-1]["content"]
    plain, with_context = prompt(question), prompt(private.before(question))
    prompts: list[list[int]] = [with_context]
    adapters: list[SealableFile | None] = [personal.adapter if personal and first else None]
    for principle in rewards.principles if rewards else ():
        prompts += [prompt(under_principle(question, principle))] * 2
        adapters += [rewards.adapter if rewards else None, None]
    if personal and not first:
        prompts.append(prompt(private_prompt(written).before(question)))
        adapters.append(personal.adapter)
    if not alone:
        prompts.append(plain)
    session = model.open(*prompts, adapters=adapters, cancel=cancel)
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
