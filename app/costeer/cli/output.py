"""How commands print: one JSON object with --json, plain lines otherwise."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.text import safe, shown
from costeer.foundation.translatable import Translatable

Commands = Any
"""What `add_subparsers` returns; argparse keeps its type to itself."""


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def print_json(value: dict[str, object]) -> None:
    """Characters that command a terminal stand escaped in the texts, as JSON knows it for all of them."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_in_english)
    sys.stdout.write(shown(text, lambda one: f"\\u{ord(one):04x}") + "\n")
    sys.stdout.flush()


def say(sentence: object) -> None:
    """Say a sentence on stderr, beside what the command prints. Servers and files may have had a word in it."""
    print(f"costeer: {safe(str(sentence))}", file=sys.stderr)


def _in_english(value: object) -> str:
    """For values that JSON has no form for."""
    if not isinstance(value, Translatable):
        raise TypeError(f"{type(value).__name__} cannot be printed as JSON")
    return str(value)


def shown_progress() -> ProgressCallback:
    """On a terminal, a line that changes; nothing anywhere else."""
    if not sys.stderr.isatty():
        return ignore_progress
    last = [""]

    def show(progress: Progress) -> None:
        line = f"{progress.what}: {100 * progress.done // max(1, progress.total or 1)} %"
        if line != last[0]:
            last[0] = line
            print(f"\r\x1b[K{safe(line)}", end="", file=sys.stderr, flush=True)
        if progress.done == progress.total:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    return show
