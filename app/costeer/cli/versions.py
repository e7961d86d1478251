"""`costeer train list|use|delete|export`: the versions of the local model's adapters."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from costeer.bootstrap import Application
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.foundation.errors import BadInput, StorageError
from costeer.foundation.files import write_atomically
from costeer.foundation.system_words import system_words
from costeer.services.training.adapters import Adapter, Kind

_SHOWN: Mapping[Kind, tuple[str, ...]] = {
    "reward": ("accuracy", "new_principles"),
    "personal": ("base", "retrieval", "personal"),
}


def add_versions(actions: Commands) -> None:
    """Below `costeer train`."""
    listed = actions.add_parser("list", help="the versions of the local model's adapters")
    add_json(listed)
    listed.set_defaults(command=_list)
    use = actions.add_parser("use", help="use another version")
    use.add_argument("version", metavar="VERSION|none")
    use.set_defaults(command=_use)
    delete = actions.add_parser("delete", help="delete a version")
    delete.add_argument("version", metavar="VERSION")
    delete.set_defaults(command=_delete)
    export = actions.add_parser(
        "export", help="write a version as a GGUF file for llama.cpp; a personal one is not encrypted there"
    )
    export.add_argument("version", metavar="VERSION")
    export.add_argument("file", type=Path)
    export.set_defaults(command=_export)
    for one in (use, delete, export):
        one.add_argument("--kind", choices=get_args(Kind), default="reward", help="(reward)")


def _list(given: argparse.Namespace) -> int:
    with open_here() as app:
        file = app.find_model(app.settings.local_model)
        found = {kind: _told(app, kind, file) for kind in _SHOWN}
    if given.json:
        print_json({"model": file.name, "reward": found["reward"], "personal": found["personal"]})
        return 0
    for kind, versions in found.items():
        for one in versions:
            figures = ", ".join(f"{name} {one[name]:.2f}" for name in _SHOWN[kind] if name in one)
            print(f"{kind:9}{one['version']}  {one['created']}  {figures}{'  in use' if one['in_use'] else ''}")
        if not versions:
            print(f"{kind:9}{file.name} has none yet; `costeer train {kind}` makes one.")
    return 0


def _told(app: Application, kind: Kind, file: Path) -> list[dict[str, object]]:
    used = app.adapters.in_use(kind, file)
    return [
        {
            "version": one.version,
            "created": one.created.isoformat(timespec="seconds"),
            "in_use": used is not None and used.version == one.version,
            **one.figures,
        }
        for one in app.adapters.all(kind, file)
    ]


def _use(given: argparse.Namespace) -> int:
    with open_here() as app:
        file = app.find_model(app.settings.local_model)
        version = None if given.version == "none" else _found(app, given, file).version
        app.adapters.use(given.kind, file, version)
    return 0


def _delete(given: argparse.Namespace) -> int:
    with open_here() as app:
        file = app.find_model(app.settings.local_model)
        app.adapters.delete(given.kind, file, _found(app, given, file).version)
    return 0


def _export(given: argparse.Namespace) -> int:
    with open_here() as app:
        adapter = _found(app, given, app.find_model(app.settings.local_model))
        try:
            write_atomically(given.file, adapter.file.read())
        except OSError as error:
            raise StorageError(
                "The adapter cannot be written to {file} ({why}); choose another place.",
                file=given.file,
                why=system_words(error),
            ) from error
    return 0


def _found(app: Application, given: argparse.Namespace, model: Path) -> Adapter:
    """Raises BadInput."""
    for one in app.adapters.all(given.kind, model):
        if str(one.version) == given.version:
            return one
    raise BadInput(
        "There is no version {version} of the {kind} adapter; `costeer train list` shows them.",
        version=given.version,
        kind=given.kind,
    )
