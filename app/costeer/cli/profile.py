"""`costeer profile`: show and edit what the local model knows of you."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from costeer.bootstrap import Application
from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.foundation.errors import BadInput
from costeer.foundation.text import safe
from costeer.personalization.profile_file import read_profile
from costeer.storage.records import DisclosureChoice, Memory, WordLabel

_KINDS = ("fact", "style", "note", "memory", "private")


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("profile", help="show and edit your profile; it never leaves this computer")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="print it")
    replace = actions.add_parser("set", help="replace it by a file (TOML, JSON or one fact a line)")
    replace.add_argument("file", type=Path)
    add = actions.add_parser("add", help="add an entry")
    add.add_argument("text")
    add.add_argument("--kind", choices=_KINDS, default="fact", help="private: a word that never leaves")
    add.add_argument("--label", choices=get_args(WordLabel), default="other", help="what a private word is")
    remove = actions.add_parser("remove", help="remove an entry, a memory or a private word")
    remove.add_argument("id", help="as `profile show` prints it, or its beginning")
    memories = actions.add_parser("memories", help="list memories, with those proposed for approval")
    memories.add_argument(
        "--propose", metavar="CONVERSATION", help="look for what is worth remembering in what you said there"
    )
    memories.add_argument("--state", choices=("proposed", "approved", "refused"))
    approve = actions.add_parser("approve", help="let a proposed memory be used on this computer")
    approve.add_argument("id", help="as `profile memories` prints it, or its beginning")
    approve.add_argument("--text", help="put it in these words")
    refuse = actions.add_parser("refuse", help="never propose this again")
    refuse.add_argument("id", help="as `profile memories` prints it, or its beginning")
    choices = actions.add_parser("choices", help="what is done with private texts without asking")
    wanted = choices.add_mutually_exclusive_group()
    wanted.add_argument("--send", metavar="TEXT", help="send this as it is, in all conversations")
    wanted.add_argument("--replace", metavar="TEXT", help="replace this, in all conversations")
    wanted.add_argument("--forget", metavar="TEXT", help="ask again")
    edited = ((choices, _choices), (memories, _memories), (approve, _approve), (refuse, _refuse))
    for one, command in ((show, _show), (replace, _set), (add, _add), (remove, _remove), *edited):
        add_json(one)
        one.set_defaults(command=command)


def _show(given: argparse.Namespace) -> int:
    with open_here() as app:
        _print(app, given.json)
    return 0


def _set(given: argparse.Namespace) -> int:
    profile = read_profile(given.file)
    with open_here() as app:
        app.profile.replace_all(profile)
        _print(app, given.json)
    return 0


def _add(given: argparse.Namespace) -> int:
    with open_here() as app:
        if given.kind == "memory":
            app.profile.add_memory(given.text)
        elif given.kind == "private":
            app.disclosures.add_word(given.text, given.label)
        else:
            app.profile.add(given.kind, given.text)
        _print(app, given.json)
    return 0


def _remove(given: argparse.Namespace) -> int:
    with open_here() as app:
        entries = {one.id: app.profile.remove for one in app.profile.entries()}
        memories = {one.id: app.profile.remove_memory for one in app.profile.memories()}
        words = {one.id: app.disclosures.remove_word for one in app.disclosures.words()}
        stored = {**entries, **memories, **words}
        found = [(id_, remove) for id_, remove in stored.items() if id_.startswith(given.id)]
        if len(found) != 1:
            what = "no entry" if not found else "more than one entry"
            raise BadInput(
                "There is {what} whose id begins with {id!r}; `costeer profile show` lists them.",
                what=what,
                id=given.id,
            )
        id_, remove = found[0]
        remove(id_)
        _print(app, given.json)
    return 0


def _choices(given: argparse.Namespace) -> int:
    with open_here() as app:
        for choice in get_args(DisclosureChoice):
            if (text := getattr(given, choice)) is not None:
                app.disclosures.remember(text, choice)
        if given.forget is not None:
            app.disclosures.forget(given.forget)
        remembered = app.disclosures.remembered()
    if given.json:
        print_json({"choices": [dataclasses.asdict(one) for one in remembered]})
        return 0
    if not remembered:
        print("Nothing has been decided for all conversations.")
    for one in remembered:
        print(f"{one.choice:7}  {safe(one.text)}")
    return 0


def _memories(given: argparse.Namespace) -> int:
    with open_here() as app:
        if given.propose is not None:
            with stopping_on_interrupt() as cancel:
                app.memories.propose(_conversation(app, given.propose), cancel)
        _print_memories(app.memories.list(given.state), given.json)
    return 0


def _approve(given: argparse.Namespace) -> int:
    with open_here() as app:
        approved = app.memories.approve(app.memories.find(given.id).id, given.text)
        _print_memories([approved], given.json)
    return 0


def _refuse(given: argparse.Namespace) -> int:
    with open_here() as app:
        _print_memories([app.memories.refuse(app.memories.find(given.id).id)], given.json)
    return 0


def _conversation(app: Application, beginning: str) -> str:
    """The id of the conversation whose id begins so."""
    found = [one.id for one in app.chat.conversations() if one.id.startswith(beginning)]
    if len(found) != 1:
        what = "no conversation" if not found else "more than one conversation"
        raise BadInput(
            "There is {what} whose id begins with {beginning!r}; give more of it.", what=what, beginning=beginning
        )
    return found[0]


def _print_memories(memories: Sequence[Memory], as_json: bool) -> None:
    if as_json:
        print_json({"memories": [_plain(one) for one in memories]})
        return
    if not memories:
        print("There are no memories; `costeer profile memories --propose CONVERSATION` looks for some.")
    for memory in memories:
        print(f"{memory.id[:8]}  {memory.state:8}  {memory.scope:6}  {safe(memory.text)}")


def _plain(memory: Memory) -> dict[str, object]:
    return {**dataclasses.asdict(memory), "created": memory.created.isoformat()}


def _print(app: Application, as_json: bool) -> None:
    entries, memories, words = app.profile.entries(), app.profile.memories(), app.disclosures.words()
    if as_json:
        print_json(
            {
                "entries": [dataclasses.asdict(one) for one in entries],
                "memories": [_plain(one) for one in memories],
                "private_words": [dataclasses.asdict(one) for one in words],
            }
        )
        return
    if not entries and not memories and not words:
        print("The profile is empty; `costeer profile add TEXT` adds a fact.")
    for entry in entries:
        print(f"{entry.id[:8]}  {entry.kind:6}  {entry.scope:6}  {safe(entry.text)}")
    for memory in memories:
        print(f"{memory.id[:8]}  memory  {memory.scope:6}  {safe(memory.text)}")
    for word in words:
        print(f"{word.id[:8]}  private  {word.label:7}  {safe(word.text)}")
