"""Looks over this installation and says, check by check, what works, what does not, and what to do about it.

Nothing is taken for granted: the local runtime is proved by a real decode, the database by opening it, the model
by its sha256. Each check stands alone, so a broken one is a finding and never the end of the report. Checks that
need rooms above this one (the demo cloud) are handed in. Runs on the caller's thread and takes a few seconds.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from costeer.foundation.errors import CoSteerError, LocalModelLost
from costeer.foundation.given_secrets import ENVIRONMENT_KEY
from costeer.foundation.paths import AppPaths, environment_models
from costeer.foundation.settings import Settings
from costeer.local.catalogue import find_model, load_catalogue, verify
from costeer.local.messages import LocalModelOptions
from costeer.local.process import ModelProcess
from costeer.privacy.keychain import KeyStore, keychain_name
from costeer.services.at_rest.protection import DatabaseProtection

log = logging.getLogger(__name__)

RUNTIME = "llama-cpp-python"
OLDEST, NEWEST = (3, 11), (3, 13)
DECODED_TOKENS = 4
ROOM_NEEDED = 500_000_000
"""Bytes that should be free where the data lie: conversations, logs and one more small model."""

_CHILD_SECONDS = 30.0
_AMX_IN_BUILD = "import ctypes, sys; print(ctypes.CDLL(sys.argv[1]).ggml_cpu_has_amx_int8())"
_OPEN_LIBRARY = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `detail` is one sentence; `fix` says what to do, and is empty where there is nothing to do."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


class RuntimeCrash(LocalModelLost):
    """llama.cpp itself dies on this computer, whatever model it is given."""


CheckFunction = Callable[[], Check]


def run_checks(
    paths: AppPaths,
    settings: Settings,
    further: Sequence[tuple[str, CheckFunction]] = (),
    passphrase: str = "",
) -> list[Check]:
    """All checks in order, then those of `further` (name and check). Never raises for a finding. `passphrase` is
    the database's, where it has one."""
    checks: list[tuple[str, CheckFunction]] = [
        ("Python", check_python),
        ("CPU", check_cpu),
        ("Embedded models", lambda: check_embedded_models(paths)),
        ("Local runtime", lambda: check_local_runtime(paths, settings)),
        ("Database", lambda: check_database(paths, passphrase)),
        ("Encryption", lambda: check_encryption(paths)),
        ("Keychain", lambda: check_keychain(paths)),
        ("Window", lambda: check_window(os.environ)),
        ("Disk", lambda: check_disk(paths)),
        *further,
    ]
    return [_isolated(name, check) for name, check in checks]


def _isolated(name: str, check: CheckFunction) -> Check:
    try:
        return check()
    except CoSteerError as error:
        return Check(name, False, error.user_message)
    except Exception as error:  # the report must go on: whatever a check raises is what it has found
        log.exception("The check %s failed", name)
        return Check(name, False, f"The check itself failed: {type(error).__name__}: {error}.")


def check_python() -> Check:
    suitable = OLDEST <= sys.version_info[:2] <= NEWEST
    detail = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}."
    return Check("Python", suitable, detail, "" if suitable else "Install Python 3.11, 3.12 or 3.13.")


def check_cpu(cpu_flags: frozenset[str] | None = None) -> Check:
    """Whether the CPU has AMX, and if so whether llama.cpp was built without it, which it has to be."""
    flags = read_cpu_flags() if cpu_flags is None else cpu_flags
    if "amx_int8" not in flags:
        return Check("CPU", True, "This CPU has no AMX, so there is nothing to work around.")
    if _built_with_amx():
        detail = "This CPU has AMX and llama.cpp was built to use it, which crashes it at the first decode."
        return Check("CPU", False, detail, rebuild_command())
    return Check("CPU", True, "This CPU has AMX; llama.cpp was built without it, which avoids its crash.")


def read_cpu_flags(file: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The flags of the first CPU as Linux lists them; empty on other systems, where builds never use AMX."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return frozenset()
    for line in text.splitlines():
        if line.startswith("flags"):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def _built_with_amx() -> bool:
    """Asks llama.cpp's CPU library itself, in a child process: a library that is broken may crash."""
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        return False  # the check of the runtime says that it is missing
    answer = _in_child(_AMX_IN_BUILD, str(Path(spec.origin).parent / "lib" / "libggml-cpu.so"))
    return answer.returncode == 0 and answer.stdout.strip() == "1"


def check_embedded_models(paths: AppPaths) -> Check:
    """Every model of the catalogue that set-up fetches is there, and is what the catalogue says it is."""
    catalogue = load_catalogue()
    found = []
    for entry in catalogue.values():
        file = find_model(entry.id, [paths.models, environment_models()], catalogue)
        verify(entry, file)
        found.append(f"{entry.name} ({entry.size // 1_000_000} MB)")
    return Check("Embedded models", True, f"{', '.join(found)}: there, with the right sha256.")


def check_local_runtime(paths: AppPaths, settings: Settings) -> Check:
    """A real decode, in the child process that the application uses, with the chosen local model."""
    file = find_model(settings.local_model, [paths.models, environment_models()])
    try:
        return Check("Local runtime", True, decode_with(file))
    except RuntimeCrash as crash:
        return Check("Local runtime", False, crash.user_message, rebuild_command())


def decode_with(file: Path) -> str:
    """Load `file`, read a prompt and write a few tokens greedily; returns a sentence with what it took.

    Raises RuntimeCrash when llama.cpp dies over it, ModelError when the file cannot be used.
    """
    started = time.monotonic()
    stage = "while it loads a model"
    with ModelProcess(file, LocalModelOptions(branch_limit=256)) as process:
        try:
            process.start()
            stage = "at the first decode"
            prompt = process.tokenize("The capital of France is the city of")
            session = process.open(prompt, prompt)
            answer: list[int] = []
            for position in range(DECODED_TOKENS):
                logits = session.logits(answer, [position])
                if not np.isfinite(logits).all():
                    raise RuntimeCrash("The local runtime computes numbers that are none; it is built wrongly.")
                answer.append(int(logits[-1, 0].argmax()))
        except RuntimeCrash:
            raise
        except LocalModelLost as lost:
            raise RuntimeCrash("The local runtime crashes {stage}.", stage=stage) from lost
        written = b"".join(process.describe().token_bytes[token] for token in answer)
    seconds = time.monotonic() - started
    version = importlib.metadata.version(RUNTIME)
    text = written.decode("utf-8", "replace").strip()
    return f"{RUNTIME} {version} loaded {file.name} and wrote “{text}” in {seconds:.1f} s."


def rebuild_command() -> str:
    """What to type to have llama.cpp compiled anew, without AMX where a compiler knows of it."""
    requirement = f"{RUNTIME}=={importlib.metadata.version(RUNTIME)}"
    command = [sys.executable, "-m", "pip", "install", "--no-cache-dir", "--force-reinstall", "--no-deps"]
    line = shlex.join([*command, "--no-binary", RUNTIME, requirement])
    if sys.platform != "win32" and platform.machine().lower() in ("x86_64", "amd64"):
        line = 'CMAKE_ARGS="-DCMAKE_C_FLAGS=-mno-amx-int8 -DCMAKE_CXX_FLAGS=-mno-amx-int8" ' + line
    return line


def check_database(paths: AppPaths, passphrase: str) -> Check:
    """It opens as the application opens it, and every page and index is as it was written."""
    paths.create()
    protection = DatabaseProtection.of(paths)
    with protection.database as database:
        protection.open(passphrase)
        problems = database.problems()
    if problems:
        detail = f"{paths.database_file} opens, but is damaged: {problems[0]}."
        return Check("Database", False, detail, "Restore a backup with `costeer restore FILE`.")
    return Check("Database", True, f"{paths.database_file} opens, and all of it is as it was written.")


def check_encryption(paths: AppPaths) -> Check:
    """A database without encryption is no fault of this computer, but is said, with what can be done."""
    status = DatabaseProtection.of(paths).status()
    if status.encrypted:
        key = f"its key is in {status.keychain or 'the keychain'}"
        if status.place == "passphrase":
            key = "a passphrase seals its key"
        return Check("Encryption", True, f"The database is encrypted; {key}.")
    why = "as you wished" if status.wished_plain else "for want of a place for its key"
    return Check("Encryption", True, f"The database is NOT encrypted, {why}.", status.next_step)


def check_keychain(paths: AppPaths) -> Check:
    """A computer without a keychain is no fault: keys then go to a file that a passphrase seals."""
    if keychain_name():
        return Check("Keychain", True, f"API keys are kept in {keychain_name()}.")
    where = KeyStore(paths.keys_file).where()
    return Check(
        "Keychain",
        True,
        f"This computer offers no keychain; API keys are sealed by a passphrase in {where}, or read from "
        f"{ENVIRONMENT_KEY}.",
    )


def check_window(environment: Mapping[str, str]) -> Check:
    """Whether there is a display, and whether Qt's plugin for it finds the system libraries it needs."""
    chosen = environment.get("QT_QPA_PLATFORM", "")
    if chosen:
        return Check("Window", True, f"Qt draws on “{chosen}”, as QT_QPA_PLATFORM says.")
    if not sys.platform.startswith("linux"):
        return Check("Window", True, "This system has a display of its own.")
    plugin = "wayland" if environment.get("WAYLAND_DISPLAY") else "xcb" if environment.get("DISPLAY") else ""
    if not plugin:
        detail = "There is no display, so the chat opens in the terminal."
        return Check("Window", True, detail)
    problem = _plugin_problem(plugin)
    if problem:
        fix = "Run `make setup` as root, or install the named library with your package manager."
        return Check("Window", False, f"The window cannot open: {problem}.", fix)
    return Check("Window", True, f"There is a display, and Qt's {plugin} plugin finds its libraries.")


def _plugin_problem(plugin: str) -> str:
    """What keeps Qt's platform plugin from loading; empty when nothing does. Does not start Qt."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return "PySide6 is not installed"
    file = Path(spec.origin).parent / "Qt" / "plugins" / "platforms" / f"libq{plugin}.so"
    done = _in_child(_OPEN_LIBRARY, str(file))
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["the plugin crashes"])[-1]


def check_disk(paths: AppPaths) -> Check:
    folder = next(one for one in (paths.data, *paths.data.parents) if one.exists())
    free = shutil.disk_usage(folder).free
    enough = free >= ROOM_NEEDED
    detail = f"{free // 1_000_000} MB are free in {folder}."
    return Check("Disk", enough, detail, "" if enough else f"Free {ROOM_NEEDED // 1_000_000} MB.")


def _in_child(code: str, argument: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter, which may crash without taking this one along."""
    command = [sys.executable, "-c", code, argument]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_CHILD_SECONDS, check=False
    )
