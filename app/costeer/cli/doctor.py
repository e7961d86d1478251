"""`costeer doctor`: whether this computer has what the application needs, and what to do where not."""

from __future__ import annotations

import argparse
import dataclasses

from costeer.bootstrap import open_application
from costeer.cli.opening import ask_passphrase
from costeer.cli.output import Commands, add_json, print_json
from costeer.cli.passphrase import somebody_is_there
from costeer.foundation.paths import AppPaths
from costeer.foundation.settings import DEMO_ENDPOINT, load_settings
from costeer.foundation.text import safe
from costeer.services.at_rest.protection import DatabaseProtection
from costeer.services.doctor import Check, CheckFunction, run_checks

_UNUSABLE = 1


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("doctor", help="check this computer and the installation")
    add_json(parser)
    parser.set_defaults(command=run)


def run(given: argparse.Namespace) -> int:
    paths = AppPaths.locate().create()
    passphrase = ""
    if DatabaseProtection.of(paths).is_locked() and somebody_is_there():
        passphrase = ask_passphrase("")
    demo: list[tuple[str, CheckFunction]] = [("Demo cloud", lambda: _check_demo_cloud(passphrase))]
    checks = run_checks(paths, load_settings(paths.settings_file), demo, passphrase)
    ok = all(one.ok for one in checks)
    if given.json:
        print_json({"ok": ok, "checks": [dataclasses.asdict(one) for one in checks]})
    else:
        for one in checks:
            print(f"{'ok  ' if one.ok else 'FAIL'}  {one.name}: {safe(one.detail)}")
            if one.fix:
                print(f"      {safe(one.fix)}")
    return 0 if ok else _UNUSABLE


def _check_demo_cloud(passphrase: str) -> Check:
    """Start it, ask it what it serves, stop it."""
    with open_application(ask=lambda _: passphrase) as app:
        app.use_settings(dataclasses.replace(app.settings, endpoint=DEMO_ENDPOINT))
        connection = app.endpoints.connect()
    return Check("Demo cloud", True, f"it starts, answers as {connection.identity!r} and stops")
