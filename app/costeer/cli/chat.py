"""`costeer chat`: the conversation in a terminal."""

from __future__ import annotations

import argparse
import dataclasses
import sys

from costeer.bootstrap import Application
from costeer.cli.ask import (
    add_answer_options,
    answer_options,
    ask_what_may_be_sent,
    print_figures,
    print_wait,
    stopping_on_interrupt,
)
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, say
from costeer.cli.passphrase import unlock_to_read
from costeer.foundation.errors import BadInput, Cancelled, KnownError
from costeer.foundation.text import safe
from costeer.services.disclosure.asking import DisclosureWanted
from costeer.services.events import AnswerFinished, NoticeRaised, TokensAppended
from costeer.services.options import AskOptions
from costeer.storage.records import Conversation

_HELP = (
    "Commands: /fact TEXT (tell the local model about you), /strength C, /new, /last (the last request in full), "
    "/help, /quit. Ctrl+C stops an answer."
)


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("chat", help="chat in the terminal")
    add_answer_options(parser)
    parser.set_defaults(command=run)


def run(given: argparse.Namespace) -> int:
    with open_here() as app:
        options = answer_options(app, given)
        unlock_to_read(app.keys, app.endpoints.key_in_use)
        print(f"{safe(app.endpoint_title)}, steered on this computer at strength {options.strength:g}. {_HELP}")
        _Session(app, options).run()
    return 0


class _Session:
    """One terminal conversation, until end of input or /quit."""

    def __init__(self, app: Application, options: AskOptions) -> None:
        self._app = app
        self._options = options
        self._conversation: Conversation | None = None

    def run(self) -> None:
        while True:
            try:
                line = input("\nYou: " if sys.stdin.isatty() else "").strip()
            except (EOFError, KeyboardInterrupt):
                print()
                return
            if line == "/quit":
                return
            if not line:
                continue
            try:
                if line.startswith("/"):
                    self._command(line)
                else:
                    self._ask(line)
            except Cancelled:
                say("Nothing was sent.")
            except KnownError as error:
                say(error.user_message)

    def _command(self, line: str) -> None:
        word, _, value = line.partition(" ")
        match word:
            case "/strength":
                try:
                    changed = dataclasses.replace(self._options, enabled=True, strength=float(value))
                except ValueError as error:
                    raise BadInput(
                        "{value!r} is not a number; write for example /strength 1.0.", value=value
                    ) from error
                changed.check()
                self._options = changed
                print(f"Strength {changed.strength:g}.")
            case "/fact":
                self._app.profile.add("fact", value)
                print("Noted; it stays on this computer.")
            case "/new":
                self._conversation = None
                print("A new conversation.")
            case "/last":
                requests = [one for one in self._app.audit.entries(newest=40) if one.record.kind == "request"]
                if not requests:
                    print("Nothing has been sent yet.")
                    return
                print(safe(requests[0].record.body))
                print(f"In words:\n{safe(self._app.audit.in_words(requests[0]) or 'as it stands')}")
            case _:
                print(_HELP)

    def _ask(self, prompt: str) -> None:
        if self._conversation is None:
            self._conversation = self._app.chat.create()
        print(f"{safe(self._app.endpoint_title)}: ", end="", flush=True)
        with stopping_on_interrupt() as cancel, self._app.waits.telling(print_wait):
            for event in self._app.chat.ask(self._conversation.id, prompt, self._options, cancel):
                match event:
                    case DisclosureWanted():
                        ask_what_may_be_sent(event)
                    case TokensAppended():
                        print(safe(event.text), end="", flush=True)
                    case NoticeRaised():
                        print(file=sys.stderr)
                        say(event.text)
                    case AnswerFinished():
                        print_figures(event)
                    case _:
                        pass
