from __future__ import annotations

import ast
import contextlib
import importlib.metadata
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

import setup_environment
from setup_console import Console, SetupFailed

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "packaging").glob("*.py"))


def pins() -> dict[NormalizedName, str]:
    lines = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def test_every_requirement_is_pinned_within_what_the_project_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)]), line


def test_this_environment_is_the_pinned_one() -> None:
    """Else the tests prove something about versions that nobody gets."""
    found = importlib.metadata.distributions()
    installed = {canonicalize_name(one.name): one.version.partition("+")[0] for one in found}  # torch==2.13.0+cpu
    different = [name for name, pin in pins().items() if installed.get(name, pin) != pin]
    assert different == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_an_old_python_can_read_set_up_and_so_be_turned_away(script: Path) -> None:
    assert ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 9)).body


def test_an_unsuitable_python_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup_environment, "OLDEST", (4, 0))
    with pytest.raises(SetupFailed, match="is needed and this is 3"):
        setup_environment.check_python()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["-DCMAKE_C_FLAGS=-mno-amx-int8", "-DCMAKE_CXX_FLAGS=-mno-amx-int8"]),
        (
            {"CMAKE_ARGS": "-DGGML_CUDA=on"},
            ["-DGGML_CUDA=on", "-DCMAKE_C_FLAGS=-mno-amx-int8", "-DCMAKE_CXX_FLAGS=-mno-amx-int8"],
        ),
        (
            {"CMAKE_ARGS": "'-DCMAKE_C_FLAGS:STRING=-O2 -g'", "CXXFLAGS": "-O1"},
            ["-DCMAKE_C_FLAGS=-O2 -g -mno-amx-int8", "-DCMAKE_CXX_FLAGS=-O1 -mno-amx-int8"],
        ),
    ],
)
def test_the_users_own_build_flags_are_kept(given: dict[str, str], expected: list[str]) -> None:
    assert shlex.split(setup_environment.without_amx(given)) == expected


def test_two_set_ups_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "setup.lock"
    monkeypatch.setattr(setup_environment, "LONGEST_WAIT_SECONDS", 1)
    with contextlib.ExitStack() as held:
        held.enter_context(setup_environment.alone(lock, Console()))
        with pytest.raises(SetupFailed, match="another set-up"):
            held.enter_context(setup_environment.alone(lock, Console()))
    with setup_environment.alone(lock, Console()):
        assert lock.is_file()


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are not inherited there")
def test_a_command_that_outlives_set_up_keeps_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As pip does when set-up is killed: a second pip beside it would spoil the environment."""
    lock, started, end = (tmp_path / name for name in ("setup.lock", "started", "end"))
    os.mkfifo(started)
    os.mkfifo(end)
    code = (
        "import sys; from pathlib import Path; from setup_environment import Console, alone\n"
        "console = Console()\n"
        "with alone(Path(sys.argv[1]), console):\n"
        "    console.run(['sh', '-c', 'echo > \"$0\"; cat \"$1\"', *sys.argv[2:]], '')\n"
    )
    command = [sys.executable, "-c", code, str(lock), str(started), str(end)]
    with subprocess.Popen(command, cwd=ROOT / "packaging") as set_up:
        started.read_text()  # returns once the command runs
        set_up.kill()
    monkeypatch.setattr(setup_environment, "LONGEST_WAIT_SECONDS", 1)
    with pytest.raises(SetupFailed, match="another set-up"), setup_environment.alone(lock, Console()):
        pass
    end.write_text("")  # lets the command end
    monkeypatch.setattr(setup_environment, "LONGEST_WAIT_SECONDS", 30)
    with setup_environment.alone(lock, Console()):
        assert lock.is_file()


def test_a_command_is_logged_and_its_failure_explained(tmp_path: Path) -> None:
    console = Console()
    console.open_log(tmp_path / "setup.log")
    assert console.run([sys.executable, "-c", "print('Read timed out')"], "Still.") == 0
    assert "network" in console.reason("unknown")
    assert console.run([sys.executable, "-c", "print('puzzling'); raise SystemExit(7)"], "Still.") == 7
    assert console.reason("unknown") == "unknown"  # what an earlier command printed explains nothing
    assert "puzzling" in (tmp_path / "setup.log").read_text()
    with pytest.raises(SetupFailed, match="cannot be started"):
        console.run([str(tmp_path / "nothing")], "Still.")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that says it has been set up."""
    place = tmp_path / "a checkout"
    (place / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, place)
    for name in ("packaging", "models"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    (place / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (place / ".venv" / "setup-done").write_text(f"{place}\n0123\n", encoding="utf-8")
    return place


def is_up_to_date(checkout: Path) -> bool:
    done = subprocess.run(
        ["make", "-q", ".venv/setup-done"], cwd=checkout, capture_output=True, timeout=30, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


@pytest.mark.parametrize(
    "file", ["pyproject.toml", "packaging/constraints.txt", "packaging/setup_models.py", "models/catalogue.toml"]
)
def test_make_sets_up_again_exactly_when_something_changed(checkout: Path, file: str) -> None:
    assert is_up_to_date(checkout)
    later = (checkout / ".venv" / "setup-done").stat().st_mtime + 10
    os.utime(checkout / file, (later, later))
    assert not is_up_to_date(checkout)


def test_make_sets_up_again_after_a_move_and_when_python_is_gone(checkout: Path) -> None:
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert not is_up_to_date(moved)
    moved.rename(checkout)
    assert is_up_to_date(checkout)
    (checkout / ".venv" / "bin" / "python").unlink()
    assert not is_up_to_date(checkout)


def test_the_stamp_covers_what_make_watches(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup_environment, "ROOT", checkout)
    monkeypatch.setattr(setup_environment, "CONSTRAINTS", checkout / "packaging" / "constraints.txt")
    monkeypatch.setattr(setup_environment, "CATALOGUE", checkout / "models" / "catalogue.toml")
    seen = {setup_environment.fingerprint()}
    watched = ("pyproject.toml", "packaging/constraints.txt", "packaging/setup_system.py", "models/catalogue.toml")
    for name in watched:
        with (checkout / name).open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        seen.add(setup_environment.fingerprint())
    assert len(seen) == len(watched) + 1
    assert {stamp.splitlines()[0] for stamp in seen} == {str(checkout)}
