"""Set-up in one command, for every system: `python3 packaging/setup_environment.py`, which `make setup` runs too.

Everything goes into `.venv`: the Python packages (at the versions of constraints.txt), the embedded models, the
log, and at the very end the stamp that says "done". A run that was stopped is simply run again; each step looks at
what is there already. With `--run` the application is started afterwards, with `--test` the tests.

Why llama.cpp gets its own step: it is compiled, which takes minutes, and version 0.3.36 compiled for a CPU with
AMX crashes at the first decode. So it is always compiled without AMX (pip's cache of built wheels does not know
which flags made a wheel, so "only where needed" would let a crashing wheel in), and proved by a decode.

Runs under the system's own Python, so it uses nothing but the standard library.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import setup_system
from setup_console import Console, SetupFailed, complain
from setup_models import fetch_models

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "setup-done"
LOG = VENV / "setup.log"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
CATALOGUE = ROOT / "models" / "catalogue.toml"

OLDEST, NEWEST = (3, 11), (3, 13)
LLAMA = "llama-cpp-python"
NO_AMX = "-mno-amx-int8"
ROOM_NEEDED = 2_000_000_000
"""Bytes: the environment takes 1 GB, the build of llama.cpp and pip's cache the rest."""

LONGEST_WAIT_SECONDS = 3600

_CRASHED = 3  # what PROVE_RUNTIME exits with when llama.cpp died

PROVE_RUNTIME = f"""
import sys
from pathlib import Path
from costeer.services.doctor import decode_with, RuntimeCrash
from costeer.foundation.errors import CoSteerError
try:
    print(decode_with(Path(sys.argv[1])))
except RuntimeCrash as crash:
    print(crash.user_message)
    sys.exit({_CRASHED})
except CoSteerError as error:
    sys.exit(error.user_message)
"""

PROVE_QT = """
from PySide6.QtWidgets import QApplication
QApplication([])
"""

TEST_STEPS = (
    ["ruff", "check"],
    ["mypy"],
    ["importlinter"],
    ["pytest", "-n", "2", "-m", "not slow"],
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up CoSteer Desktop in .venv.")
    then = parser.add_mutually_exclusive_group()
    then.add_argument("--run", action="store_true", help="start the application afterwards")
    then.add_argument("--test", action="store_true", help="run the checks and the quick tests afterwards")
    options = parser.parse_args()
    console = Console()
    try:
        check_python()
        if not is_done():
            set_up(console)
    except SetupFailed as failure:
        log = f" Details: {console.log_file.relative_to(ROOT)}." if console.log_file else ""
        complain(f"Set-up failed: {failure}.{log}")
        return 1
    except KeyboardInterrupt:
        complain("Set-up was stopped; run it again to go on from here.")
        return 130
    if options.run:
        return subprocess.call([str(venv_python()), "-m", "costeer"])
    return run_tests() if options.test else 0


def check_python() -> None:
    """Raise SetupFailed unless this Python is one the application runs on."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise SetupFailed(
            f"Python 3.11, 3.12 or 3.13 is needed and this is {platform.python_version()}; "
            "install one of them and name it: `make setup PYTHON=python3.12`"
        )


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def fingerprint() -> str:
    """What the stamp holds: the checkout's place on the first line (the environment points there), then a hash of
    everything that decides what set-up does."""
    digest = hashlib.sha256()
    for file in (
        ROOT / "pyproject.toml",
        CONSTRAINTS,
        CATALOGUE,
        *sorted((ROOT / "packaging").glob("setup_*.py")),
    ):
        digest.update(file.read_bytes())
    return f"{ROOT}\n{digest.hexdigest()}\n"


def is_done() -> bool:
    """Whether an earlier run finished for exactly this checkout. If so its stamp is made new for `make`."""
    try:
        done = STAMP.read_text(encoding="utf-8") == fingerprint() and venv_python().exists()
    except FileNotFoundError:
        return False
    if done:
        os.utime(STAMP)
    return done


def set_up(console: Console) -> None:
    """Everything, in order. Raises SetupFailed."""
    first = "The first run takes about six minutes on two cores, later ones take none."
    console.say("Bringing .venv up to date." if venv_python().exists() else f"Setting up in .venv. {first}")
    free = shutil.disk_usage(ROOT).free
    if not venv_python().exists() and free < ROOM_NEEDED:
        raise SetupFailed(f"{free // 1_000_000} MB of disk are free and 2000 MB are needed; free some space")
    VENV.mkdir(exist_ok=True)
    with alone(VENV / "setup.lock", console):
        if is_done():
            console.say("The other set-up has done it all.")
            return
        STAMP.unlink(missing_ok=True)
        console.open_log(LOG)
        setup_system.provide_venv_module(console)
        setup_system.provide_compiler(console)
        setup_system.provide_qt_libraries(console)
        make_environment(console)
        install(console)
        models = VENV / "share" / "costeer" / "models"
        fetch_models(console, venv_python(), CATALOGUE, models)
        prove_runtime(console, models)
        prove_qt(console)
        STAMP.write_text(fingerprint(), encoding="utf-8")
    console.say("Set-up is complete.")


@contextlib.contextmanager
def alone(file: Path, console: Console) -> Iterator[None]:
    """Hold the lock of set-up, waiting for whoever has it. Raises SetupFailed after an hour.

    The system gives the lock back however this process ends; but a command that outlives this process, as pip
    does when set-up is killed, has it until it ends too.
    """
    with file.open("w") as handle:
        for second in range(LONGEST_WAIT_SECONDS):
            if _lock(handle):
                break
            if second == 0:
                console.say("Another set-up is at work in this folder; waiting for it.")
            time.sleep(1)
        else:
            raise SetupFailed("another set-up has been at work in this folder for an hour; end it, then try again")
        console.lock = None if sys.platform == "win32" else handle.fileno()
        try:
            yield
        finally:
            console.lock = None


def _lock(handle: TextIO) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def make_environment(console: Console) -> None:
    """Create `.venv`, unless a working one of a suitable Python is there."""
    ask = [
        str(venv_python()),
        "-c",
        "import pip, sys; print(sys.prefix != sys.base_prefix, *sys.version_info[:2])",
    ]
    answer = (console.output_of(ask) or "").split() if venv_python().exists() else []
    if answer[:1] == ["True"] and OLDEST <= (int(answer[1]), int(answer[2])) <= NEWEST:
        console.say("The environment .venv is there.")
        return
    console.say(f"Creating the environment .venv with Python {platform.python_version()}.")
    for old in VENV.iterdir():
        if old.name in (LOG.name, "setup.lock"):
            continue
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink()
    if console.run([sys.executable, "-m", "venv", str(VENV)], "Still creating the environment.") != 0:
        raise SetupFailed(console.reason("the environment could not be created with this Python's venv module"))


def pip(*arguments: str) -> list[str]:
    return [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]


def install(console: Console) -> None:
    """llama.cpp first, since it takes longest, then everything else at the versions of constraints.txt."""
    console.say("Installing llama.cpp; where it has to be compiled this takes four to five minutes on two cores.")
    command = pip("install", LLAMA, "-c", str(CONSTRAINTS))
    if console.run(command, "Still compiling llama.cpp.", build_environment()) != 0:
        raise SetupFailed(f"llama.cpp could not be installed: {console.reason('its build failed')}")
    console.say("Installing the application and the other packages.")
    command = pip("install", "-e", f"{ROOT}[dev]", "-c", str(CONSTRAINTS))
    if console.run(command, "Still installing packages.", build_environment()) != 0:
        raise SetupFailed(f"the packages could not be installed: {console.reason('pip failed')}")


def build_environment() -> dict[str, str]:
    """This process's environment, with what makes llama.cpp's build leave AMX out wherever there could be any."""
    environment = dict(os.environ)
    if sys.platform != "win32" and platform.machine().lower() in ("x86_64", "amd64"):
        compilers = (
            setup_system.compiler("CC", ("cc", "gcc", "clang")),
            setup_system.compiler("CXX", ("c++", "g++", "clang++")),
        )
        if all(program and setup_system.accepts_flag(program, NO_AMX) for program in compilers):
            environment["CMAKE_ARGS"] = without_amx(environment)
    return environment


def without_amx(environment: dict[str, str]) -> str:
    """The user's own CMAKE_ARGS (and CFLAGS, CXXFLAGS, which CMake would otherwise read) plus the flag."""
    arguments = shlex.split(environment.get("CMAKE_ARGS", ""))
    for language, variable in (("C", "CFLAGS"), ("CXX", "CXXFLAGS")):
        option = f"-DCMAKE_{language}_FLAGS"
        own = [one for one in arguments if one.split("=")[0].split(":")[0] == option]
        flags = own[-1].partition("=")[2] if own else environment.get(variable, "")
        arguments = [one for one in arguments if one not in own]
        arguments.append(f"{option}={flags} {NO_AMX}" if flags else f"{option}={NO_AMX}")
    return shlex.join(arguments)


def prove_runtime(console: Console, models: Path) -> None:
    """Decode with a real model; rebuild llama.cpp once if that crashes. Raises SetupFailed when it stays so."""
    console.say("Proving that the local models run here.")
    model = next(iter(sorted(models.glob("*.gguf"))))
    prove = [str(venv_python()), "-c", PROVE_RUNTIME, str(model)]
    status = console.run(prove, "Still proving it.")
    if status == _CRASHED:
        console.say("llama.cpp, as pip had it, crashes on this CPU. Compiling it anew: four to five minutes.")
        command = pip(
            "install", "--no-cache-dir", "--force-reinstall", "--no-deps", "--no-binary", LLAMA, LLAMA,
            "-c", str(CONSTRAINTS),
        )  # fmt: skip
        if console.run(command, "Still compiling llama.cpp.", build_environment()) != 0:
            raise SetupFailed(f"llama.cpp could not be compiled: {console.reason('its build failed')}")
        status = console.run(prove, "Still proving it.")
    if status != 0:
        raise SetupFailed(
            "the local model runtime does not work on this computer; please report this with the log"
        )


def prove_qt(console: Console) -> None:
    """Tell when the window cannot even be drawn off screen; the terminal chat works all the same."""
    command = [str(venv_python()), "-c", PROVE_QT]
    if console.run(command, "Still trying Qt.", {**os.environ, "QT_QPA_PLATFORM": "offscreen"}) != 0:
        console.say(
            "Qt does not start, so there will be no window; `costeer doctor` and .venv/setup.log say more."
        )


def run_tests() -> int:
    """What `make test` runs, for systems without make."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for module, *arguments in TEST_STEPS:
        command = [str(venv_python()), "-m", module, *arguments]
        if module == "importlinter":
            start = "from importlinter.cli import lint_imports_command; lint_imports_command()"
            command = [str(venv_python()), "-c", start]
        status = subprocess.call(command, cwd=ROOT)
        if status != 0:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
