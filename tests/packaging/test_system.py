from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import setup_system
from setup_console import Console

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="compilers and packages as on Linux")

APT = """#!/bin/sh
echo "$@" >> "$0.calls"
case "$*" in
  *update*) touch "$0.lists" ;;
  *) test -e "$0.lists" ;;
esac
"""


def put_on_path(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(script, encoding="utf-8")
    file.chmod(0o755)
    return file


def test_a_library_is_missing_when_it_cannot_be_opened() -> None:
    assert setup_system.missing_libraries(["libc.so.6", "libnothere.so.9", "libm.so.6"]) == ["libnothere.so.9"]


def test_fonts_are_looked_for_by_their_files(tmp_path: Path) -> None:
    assert not setup_system.has_font([str(tmp_path), str(tmp_path / "absent")])
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "Some.TTF").touch()
    assert setup_system.has_font([str(tmp_path)])


def test_a_flag_is_tried_on_the_compiler_itself() -> None:
    compiler = setup_system.compiler("NO_SUCH_VARIABLE", ("cc", "gcc", "clang"))
    assert compiler is not None
    assert setup_system.accepts_flag(compiler, "-O1")
    assert not setup_system.accepts_flag(compiler, "-mno-such-instructions")
    assert not setup_system.accepts_flag("/no/such/compiler", "-O1")


def test_the_users_compiler_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = put_on_path(tmp_path, "my-cc", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CC", "my-cc -pipe")
    assert setup_system.compiler("CC", ("cc",)) == str(mine)


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt-get that knows no package before `update`, and a sudo that asks nothing."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    put_on_path(tmp_path, "sudo", '#!/bin/sh\nshift\nexec "$@"\n')
    return put_on_path(tmp_path, "apt-get", APT)


def test_packages_are_installed_after_an_update_when_the_lists_are_old(apt: Path) -> None:
    assert setup_system.install_packages(Console(), ["libone", "libtwo"])
    calls = apt.with_suffix(".calls").read_text().splitlines()
    assert [call.split()[-1] for call in calls] == ["libtwo", "update", "libtwo"]
    assert "-y" in calls[0].split()


def test_no_update_when_the_lists_are_good(apt: Path) -> None:
    apt.with_suffix(".lists").touch()
    assert setup_system.install_packages(Console(), ["libone"])
    assert len(apt.with_suffix(".calls").read_text().splitlines()) == 1


def test_packages_that_cannot_be_had_are_no_success(apt: Path) -> None:
    put_on_path(apt.parent, "apt-get", "#!/bin/sh\nexit 100\n")
    assert not setup_system.install_packages(Console(), ["libone"])


def test_without_apt_the_libraries_are_named_and_setup_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(setup_system.QT_LIBRARIES, "libnothere.so.9", "libnothere9")
    setup_system.provide_qt_libraries(Console())
    said = capsys.readouterr().out
    assert "install libnothere.so.9" in said
    assert "terminal chat needs none" in said


def test_where_packages_may_not_be_installed_the_command_is_given(
    apt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_on_path(apt.parent, "apt-get", "#!/bin/sh\nexit 100\n")
    monkeypatch.setitem(setup_system.QT_LIBRARIES, "libnothere.so.9", "libnothere9")
    setup_system.provide_qt_libraries(Console())
    assert "run `sudo apt-get install -y libnothere9`" in capsys.readouterr().out


def test_nothing_is_said_when_everything_is_there(
    apt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup_system, "QT_LIBRARIES", {"libc.so.6": "libc6"})
    monkeypatch.setattr(setup_system, "has_font", lambda: True)
    setup_system.provide_qt_libraries(Console())
    assert capsys.readouterr().out == ""
