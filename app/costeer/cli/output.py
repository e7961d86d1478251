"""How commands print: one JSON object with --json, plain lines otherwise."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

Commands = Any
"""What `add_subparsers` returns; argparse keeps its type to itself."""


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def print_json(value: dict[str, object]) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()


def safe(text: str) -> str:
    """Text from a model or a server for a terminal: control characters, which could command it, are shown."""
    return "".join(one if one.isprintable() or one in "\n\t" else f"\\x{ord(one):02x}" for one in text)
