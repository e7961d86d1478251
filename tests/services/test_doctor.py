from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from costeer.foundation.errors import ModelError, StorageError
from costeer.foundation.paths import AppPaths
from costeer.foundation.settings import Settings
from costeer.services import doctor
from costeer.services.doctor import Check

CRASHING_DECODE = """
#include <signal.h>
/* Stands before libggml's own function of this name: the computation of a decode dies as a native fault does. */
int ggml_backend_sched_graph_compute_async(void *scheduler, void *graph) {
    (void)scheduler; (void)graph;
    return raise(SIGSEGV);
}
"""


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(tmp_path / "config", tmp_path / "data", tmp_path / "cache", tmp_path / "log")


def named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def test_everything_works_here(paths: AppPaths, model_file: Path) -> None:
    checks = doctor.run_checks(paths, Settings())
    assert [check for check in checks if not check.ok] == []
    assert "amx" not in named(checks, "Local runtime").fix
    assert model_file.name in named(checks, "Local runtime").detail
    assert len({check.name for check in checks}) == len(checks)
    assert paths.database_file.is_file()


def test_checks_handed_in_are_run_and_isolated(paths: AppPaths, model_file: Path) -> None:
    def fails() -> Check:
        raise ModelError("The demo cloud did not start; look into its log.")

    def is_broken() -> Check:
        raise ZeroDivisionError("a bug")

    def works() -> Check:
        return Check("Works", True, "It does.")

    *_, known, broken, works_too = doctor.run_checks(
        paths, Settings(), [("Demo cloud", fails), ("Broken", is_broken), ("Works", works)]
    )
    assert known == Check("Demo cloud", False, "The demo cloud did not start; look into its log.")
    assert (broken.name, broken.ok) == ("Broken", False)
    assert "ZeroDivisionError: a bug" in broken.detail
    assert works_too.ok


def test_an_unknown_model_is_a_finding_of_its_own(paths: AppPaths, model_file: Path) -> None:
    checks = doctor.run_checks(paths, replace(Settings(), local_model="no-such-model"))
    assert [check.name for check in checks if not check.ok] == ["Local runtime"]
    assert "no-such-model" in named(checks, "Local runtime").detail


def test_a_damaged_model_is_found_before_the_intact_one(paths: AppPaths, model_file: Path) -> None:
    paths.create()
    damaged = paths.models / model_file.name
    shutil.copy(model_file, damaged)
    with damaged.open("r+b") as handle:
        handle.seek(50_000_000)
        handle.write(b"\x00" * 64)
    with pytest.raises(ModelError) as found:
        doctor.check_embedded_models(paths)
    assert str(damaged) in found.value.user_message


def test_a_file_that_is_no_model_is_not_called_a_crash(tmp_path: Path) -> None:
    file = tmp_path / "poem.gguf"
    file.write_text("no model", encoding="utf-8")
    with pytest.raises(ModelError, match=r"poem\.gguf"):
        doctor.decode_with(file)


@pytest.mark.skipif(sys.platform != "linux", reason="the crash is brought about by the dynamic linker of Linux")
def test_a_native_crash_in_the_decode_is_told_with_the_cure(
    tmp_path: Path, paths: AppPaths, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, library = tmp_path / "crash.c", tmp_path / "crash.so"
    source.write_text(CRASHING_DECODE, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True, timeout=60)
    monkeypatch.setenv("LD_PRELOAD", str(library))  # read by the child processes only: this one has long started
    check = doctor.check_local_runtime(paths, Settings())
    assert not check.ok
    assert check.detail == "The local runtime crashes at the first decode."
    assert "--force-reinstall" in check.fix
    assert "llama-cpp-python==" in check.fix


def test_cpu_flags_are_those_of_the_first_cpu(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nflags\t\t: fpu avx512f amx_int8\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert doctor.read_cpu_flags(file) == {"fpu", "avx512f", "amx_int8"}
    assert doctor.read_cpu_flags(tmp_path / "absent") == frozenset()


def test_amx_is_reported_and_the_installed_build_leaves_it_out() -> None:
    assert "no AMX" in doctor.check_cpu(frozenset({"avx2"})).detail
    with_amx = doctor.check_cpu(frozenset({"amx_int8"}))
    assert with_amx.ok
    assert "built without it" in with_amx.detail


def test_a_build_with_amx_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A library that answers as one built with AMX does, at the place where the real one lies."""
    package = tmp_path / "llama_cpp"
    (package / "lib").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    source = tmp_path / "amx.c"
    source.write_text("int ggml_cpu_has_amx_int8(void) { return 1; }\n")
    library = package / "lib" / "libggml-cpu.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True, timeout=60)
    assert ctypes.CDLL(str(library)).ggml_cpu_has_amx_int8() == 1
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "llama_cpp", raising=False)
    check = doctor.check_cpu(frozenset({"amx_int8"}))
    assert not check.ok
    assert "first decode" in check.detail
    assert "pip install" in check.fix


def test_the_window_check_follows_the_display() -> None:
    assert "offscreen" in doctor.check_window({"QT_QPA_PLATFORM": "offscreen"}).detail
    if sys.platform == "linux":
        assert "terminal" in doctor.check_window({}).detail


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a choice of displays")
def test_a_missing_library_of_the_window_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    platforms = tmp_path / "PySide6" / "Qt" / "plugins" / "platforms"
    platforms.mkdir(parents=True)
    (tmp_path / "PySide6" / "__init__.py").write_text("")
    nothing, plugin = tmp_path / "libnothere.so.1", platforms / "libqxcb.so"
    for file, more in ((nothing, ["-Wl,-soname,libnothere.so.1"]), (plugin, ["-Wl,--no-as-needed", str(nothing)])):
        compile_empty = ["cc", "-shared", "-fPIC", "-x", "c", os.devnull, "-x", "none", "-o", str(file), *more]
        subprocess.run(compile_empty, check=True, timeout=60)
    nothing.unlink()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "PySide6", raising=False)
    check = doctor.check_window({"DISPLAY": ":0"})
    assert not check.ok
    assert "libnothere.so.1" in check.detail
    assert "make setup" in check.fix


def test_a_database_of_something_else_is_named(paths: AppPaths) -> None:
    paths.create()
    paths.database_file.write_bytes(b"this is not a database " * 100)
    with pytest.raises(StorageError) as found:
        doctor.check_database(paths, "")
    assert str(paths.database_file) in found.value.user_message
