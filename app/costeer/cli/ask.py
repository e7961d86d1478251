"""`costeer ask`: one question, one answer."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import get_args

from costeer.bootstrap import Application
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json, say
from costeer.cli.passphrase import unlock_to_read
from costeer.cloud.retries import Wait, WaitEvent
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, BugError, Cancelled
from costeer.foundation.settings import DEMO_ENDPOINT, EndpointSettings, Settings, WhenFound
from costeer.foundation.text import safe
from costeer.personalization.principles import DEFAULT_WEIGHT, DIMENSIONS
from costeer.personalization.profile_file import read_profile
from costeer.services.disclosure.asking import Chosen, DisclosureWanted
from costeer.services.events import AnswerFinished, NoticeRaised, TokensAppended
from costeer.services.options import AskOptions
from costeer.storage.records import DisclosureChoice

_CHOSEN = (
    *("strength", "mixture", "decoder", "max_tokens", "temperature", "top_p", "sampling", "prefetch"),
    *("seed", "history", "offline", "answer_budget", "conversation_budget", "personal"),
)
"""Fields of AskOptions that the command line may set."""


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("ask", help="ask one question")
    parser.add_argument("prompt", help="the question; - reads it from standard input")
    add_answer_options(parser)
    add_json(parser)
    parser.set_defaults(command=run)


def add_answer_options(parser: argparse.ArgumentParser) -> None:
    """What `ask` and `chat` have in common."""
    parser.add_argument(
        "--strength", type=float, metavar="C", help="0 leaves the cloud alone; 0.48 Light, 1.78 CoSteer"
    )
    parser.add_argument(
        "--mixture", type=float, metavar="W", help="weight of the local model's own words, 0 to 0.9"
    )
    parser.add_argument("--profile", type=Path, metavar="FILE", help="a profile to use instead of the stored one")
    parser.add_argument("--decoder", choices=("lookahead", "token"))
    parser.add_argument("--max-tokens", type=int, metavar="N")
    parser.add_argument("--temperature", type=float, metavar="T", help="0 is greedy")
    parser.add_argument("--top-p", type=float, metavar="P")
    parser.add_argument(
        "--sampling",
        choices=("quiet", "fast"),
        help="above temperature 0: quiet, this computer draws; fast, the cloud draws, and sees what is refused",
    )
    parser.add_argument(
        "--prefetch",
        type=float,
        metavar="X",
        help="extra cloud tokens, per token of the answer, for asking ahead (default 0: none)",
    )
    parser.add_argument(
        "--seed", type=int, metavar="S", help="make an answer with a temperature repeatable (default: it is not)"
    )
    parser.add_argument(
        "--history",
        action=argparse.BooleanOptionalAction,
        help="let your messages in other conversations steer, too (default: as in the settings)",
    )
    parser.add_argument(
        "--private",
        choices=get_args(WhenFound),
        dest="when_found",
        help="what to do with private texts in what is sent (default: as in the settings; replace where nobody "
        "can be asked)",
    )
    _add_bounds_and_preferences(parser)
    parser.add_argument("--offline", action="store_true", help="the local model answers alone; nothing is sent")
    parser.add_argument(
        "--endpoint", metavar="NAME|URL", help="ask this endpoint (key: keychain, COSTEER_API_KEY)"
    )
    parser.add_argument("--local-model", metavar="ID|FILE", help="steer with this GGUF model")
    parser.add_argument("--demo-model", metavar="ID|FILE", help="let the demo cloud serve this GGUF model")


def _add_bounds_and_preferences(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--leak-budget",
        dest="answer_budget",
        type=float,
        metavar="BITS",
        help="leak bits that an answer may cost: steering fades, then ends (default: as in the settings)",
    )
    parser.add_argument(
        "--conversation-budget", type=float, metavar="BITS", help="the same for all answers of the conversation"
    )
    parser.add_argument(
        "--prefer",
        action="append",
        default=[],
        metavar="NAME[=WEIGHT]",
        help=f"steer by a preference: {', '.join(one.id for one in DIMENSIONS)} or one "
        f"of your own (needs `costeer train reward`), with a weight of 0 to 2 ({DEFAULT_WEIGHT}); may be given "
        "several times",
    )
    parser.add_argument(
        "--personal",
        type=float,
        metavar="C",
        help="let the personal model steer, with this gain (needs `costeer train personal`)",
    )


def answer_options(app: Application, given: argparse.Namespace) -> AskOptions:
    """The settings, with what the command line says instead."""
    app.use_settings(_with_overrides(app, given))
    chosen = {name: value for name in _CHOSEN if (value := getattr(given, name)) is not None}
    options = dataclasses.replace(AskOptions.from_settings(app.settings.steering), **chosen)
    options = dataclasses.replace(
        options, when_found=_when_found(app, given), preferences=_preferences(app, given)
    )
    if given.strength is not None or given.prefer:
        options = dataclasses.replace(options, enabled=True)
    if given.profile is not None:
        options = dataclasses.replace(options, profile=read_profile(given.profile))
    options.check()
    return options


def _preferences(app: Application, given: argparse.Namespace) -> dict[str, float]:
    """Raises BadInput."""
    known = {one.id for one in app.dimensions.known()} if given.prefer else set()
    weights: dict[str, float] = {}
    for said in given.prefer:
        name, _, weight = said.partition("=")
        if name not in known:
            raise BadInput(f"There is no preference {name!r}; choose one of {', '.join(sorted(known))}.")
        try:
            weights[name] = float(weight) if weight else DEFAULT_WEIGHT
        except ValueError:
            raise BadInput(f"{said!r} has no weight; write it as {name}=1.") from None
    return weights


def ask_what_may_be_sent(event: DisclosureWanted) -> None:
    """On the terminal; the end of input means that nothing is sent."""
    choices: dict[str, DisclosureChoice] = {}
    remember: list[str] = []
    for one in event.found:
        shown = safe(" ".join(one.text.split()))
        print(
            f"costeer: “{shown}” is private: [r]eplace by {one.instead}, [s]end as it is, [n]ot send; "
            "with ! in all conversations",
            file=sys.stderr,
        )
        try:
            said = input("r, s, n, r!, s!: ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            said = "n"
        if said.startswith("n"):
            event.reply.do_not_send()
            return
        choices[one.text] = "send" if said.startswith("s") else "replace"
        if said.endswith("!"):
            remember.append(one.text)
    event.reply.choose(Chosen(choices, remember))


def _when_found(app: Application, given: argparse.Namespace) -> WhenFound:
    """Nobody can be asked where the output is for a program, or the input comes from one."""
    wanted: WhenFound = given.when_found or app.settings.privacy.when_found
    can_ask = sys.stdin.isatty() and not getattr(given, "json", False)
    return "replace" if wanted == "ask" and not can_ask else wanted


@contextmanager
def stopping_on_interrupt() -> Iterator[CancelToken]:
    """Ctrl+C cancels the token; what was written is kept."""
    token = CancelToken()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        token.cancel()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)


def run(given: argparse.Namespace) -> int:
    prompt = sys.stdin.read() if given.prompt == "-" else given.prompt
    with open_here() as app:
        options = answer_options(app, given)
        unlock_to_read(app.keys, app.endpoints.key_in_use)
        with stopping_on_interrupt() as cancel, app.waits.telling(print_wait):
            finished = _answer(app, prompt, options, cancel, quiet=given.json)
        if finished.answer.state == "stopped":
            raise Cancelled
        if finished.answer.detail:
            print(file=sys.stderr)
            say(finished.answer.detail)
        if given.json:
            print_json({"text": finished.answer.text, **dataclasses.asdict(finished.figures)})
        else:
            print_figures(finished)
    return 0


def _answer(
    app: Application, prompt: str, options: AskOptions, cancel: CancelToken, *, quiet: bool
) -> AnswerFinished:
    conversation = app.chat.create()
    try:
        for event in app.chat.ask(conversation.id, prompt, options, cancel):
            match event:
                case DisclosureWanted():
                    ask_what_may_be_sent(event)
                case TokensAppended() if not quiet:
                    print(safe(event.text), end="", flush=True)
                case NoticeRaised():
                    say(event.text)
                case AnswerFinished():
                    return event
    finally:
        # A question that got no word of an answer leaves nothing behind: it still stands on the command line.
        if not any(one.text for one in app.chat.thread(conversation.id) if one.role == "assistant"):
            app.chat.purge(conversation.id)
    raise BugError("The answer ended without saying so; please report this.")


def print_wait(event: WaitEvent) -> None:
    """Why nothing comes; on whichever thread waits."""
    if isinstance(event, Wait):
        say(event.sentence)


def print_figures(finished: AnswerFinished) -> None:
    one = finished.figures
    allowed = f" of {one.leak_budget:g}" if one.leak_budget else ""
    print(
        f"\n[{one.tokens} tokens, {one.steered_tokens} steered, {one.round_trips} round trips, "
        f"{one.bytes_up} bytes up, {one.bytes_down} down, {one.leak_bits:.1f}{allowed} bits, {one.seconds:.1f} s]",
        file=sys.stderr,
    )


def _with_overrides(app: Application, given: argparse.Namespace) -> Settings:
    settings = app.settings
    if given.local_model:
        settings = dataclasses.replace(settings, local_model=given.local_model)
    if given.demo_model:
        settings = dataclasses.replace(settings, demo_cloud_model=given.demo_model)
    if given.endpoint:
        known = {one.name for one in settings.endpoints} | {DEMO_ENDPOINT}
        if given.endpoint not in known and not any(mark in given.endpoint for mark in "./:"):
            raise BadInput(
                "There is no endpoint {endpoint!r}; `costeer endpoint list` shows those there are.",
                endpoint=given.endpoint,
            )
        if given.endpoint not in known:
            settings = dataclasses.replace(
                settings, endpoints=(*settings.endpoints, EndpointSettings(given.endpoint, given.endpoint))
            )
        settings = dataclasses.replace(settings, endpoint=given.endpoint)
    return settings
