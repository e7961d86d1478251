"""The walls that import-linter's layers do not draw: which room may use which library, and how long things get."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "app" / "costeer"

ROOMS: dict[str, set[str]] = {
    "PySide6": {"gui"},
    "markdown_it": {"gui", "services"},
    "mdit_py_plugins": {"gui"},
    "pygments": {"gui"},
    "ziamath": {"gui"},
    "shiboken6": {"gui"},
    "llama_cpp": {"local"},
    "jinja2": {"local"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "sqlcipher3": {"storage/sqlite.py"},
    "sqlite3": {"storage/sqlite.py"},  # for its types: two libraries on one file would not see each other's locks
    "torch": {"learning"},
    "transformers": {"learning"},
    "peft": {"learning"},
    "gguf": {"learning"},
    "xllamacpp": {"demo_cloud"},
    "matplotlib": {"evaluation"},
    "keyring": {"privacy"},
    "cryptography": {"privacy"},
    "truststore": {"privacy"},
    "stdnum": {"privacy"},
    "phonenumbers": {"privacy"},
    "tenacity": {"cloud"},
    "pypdf": {"services"},
    # ways out of this computer: all of them pass by the ledger, or lead to this computer only
    "httpx": {"privacy", "cloud"},
    "httpx_sse": {"cloud"},
    "socket": {"privacy"},  # to break a connection off, not to open one
    "urllib.request": {"privacy"},  # to read which proxy the system wants
    "asyncio": {"evaluation"},  # the proxy on this computer that simulates distance
    "ssl": {"privacy"},
    "http.client": set(),
    "http.server": set(),
    "socketserver": set(),
    "ftplib": set(),
    "smtplib": set(),
    "xmlrpc": set(),
    "requests": set(),
    "urllib3": set(),
    "aiohttp": set(),
    "httpcore": {"privacy"},
    "h2": {"privacy"},
    "huggingface_hub": set(),
    "PySide6.QtNetwork": {"gui/single_instance.py"},  # a socket of this computer, by its name
    "PySide6.QtWebEngineCore": set(),
}
"""Library -> the only rooms (or single modules) that import it, at the top of a module or anywhere in it."""

HEAVY = {
    *("torch", "transformers", "llama_cpp", "alembic", "xllamacpp", "jinja2", "markdown_it", "ziamath"),
    *("cryptography", "keyring"),
}
"""What a window must not wait for."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every absolute import, `from a import b` giving both a and a.b."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "__import__"):
            name = node.args[0] if node.args else None
            yield node.lineno, str(name.value) if isinstance(name, ast.Constant) else "a computed name"


def breaches(file: Path, package: Path) -> list[str]:
    """Each import of `file` that stands in the wrong room of `package`."""
    parts = file.relative_to(package).parts
    room = parts[0] if len(parts) > 1 else ""
    found = []
    for line, name in imports(file):
        walls = [rooms for library, rooms in ROOMS.items() if f"{name}.".startswith(f"{library}.")]
        module = file.relative_to(package).as_posix()
        if any(room not in rooms and module not in rooms for rooms in walls):
            found.append(f"{file.relative_to(package)}:{line} imports {name}")
    return found


def test_each_library_stays_in_its_room() -> None:
    assert [line for file in MODULES for line in breaches(file, PACKAGE)] == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("services", "import llama_cpp"),
        ("services", "from httpx import Client"),
        ("cloud", "from urllib import request"),
        ("privacy", "import http.client"),
        ("gui", "from PySide6 import QtNetwork"),
        ("gui", "import importlib\nimportlib.import_module('sqlalchemy.orm')"),
        (".", "import keyring"),
    ],
)
def test_a_breach_is_seen(tmp_path: Path, room: str, line: str) -> None:
    file = tmp_path / room / "module.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(line, encoding="utf-8")
    assert breaches(file, tmp_path) != []


def test_the_window_opens_no_socket_that_leads_further_than_this_computer() -> None:
    module = PACKAGE / "gui" / "single_instance.py"
    taken = {name for _, name in imports(module) if name.startswith("PySide6.QtNetwork")}
    local = {"PySide6.QtNetwork.QLocalServer", "PySide6.QtNetwork.QLocalSocket"}
    assert taken == {"PySide6.QtNetwork", *local}


def test_modules_and_functions_are_short_enough_to_hold_in_mind() -> None:
    long = []
    for file in MODULES:
        text = file.read_text(encoding="utf-8")
        name = file.relative_to(PACKAGE)
        if text.count("\n") > 400:
            long.append(f"{name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 60:
                    long.append(f"{name}:{node.lineno} {node.name}: {length} lines")
    assert long == []


def entrances() -> list[str]:
    """The modules that a start passes through before anything can be shown."""
    files = [PACKAGE / "__main__.py", PACKAGE / "bootstrap.py", *sorted((PACKAGE / "gui").rglob("*.py"))]
    names = [".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts) for file in files if file.is_file()]
    return [name.removesuffix(".__init__") for name in names]


def test_starting_loads_nothing_heavy() -> None:
    code = (
        "import importlib, sys\n"
        "heavy = set(sys.argv[1].split())\n"
        "for name in sys.argv[2:]:\n"
        "    importlib.import_module(name)\n"
        "    loaded = sorted(heavy & {one.split('.')[0] for one in sys.modules})\n"
        "    if loaded:\n"
        "        sys.exit(f'{name} loads {loaded}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, " ".join(HEAVY), *entrances()],
        cwd=PACKAGE.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
