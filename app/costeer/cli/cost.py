"""`costeer cost`: what the clouds have written this month, and what of it steering caused."""

from __future__ import annotations

import argparse
import dataclasses
from datetime import UTC, datetime

from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.foundation.text import safe


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("cost", help="tokens, and money where prices are entered, of one month")
    parser.add_argument("--month", default=f"{datetime.now(UTC):%Y-%m}", metavar="YYYY-MM")
    add_json(parser)
    parser.set_defaults(command=run)


def run(given: argparse.Namespace) -> int:
    with open_here() as app:
        costs = app.costs.of_month(given.month)
    if given.json:
        print_json({"month": given.month, "endpoints": [dataclasses.asdict(one) for one in costs]})
        return 0
    if not costs:
        print(f"Nothing was asked in {given.month}.")
    for one in costs:
        print(f"{safe(one.endpoint)}: {one.answers} answers")
        print(f"  {one.input_tokens} tokens sent, {one.extra_input_tokens} of them because of steering")
        print(f"  {one.output_tokens} tokens written, {one.extra_output_tokens} of them because of steering")
        if one.money is not None and one.extra_money is not None:
            print(f"  {one.money:.4f} {one.currency}, {one.extra_money:.4f} of it because of steering")
    return 0
