"""What set-up needs from the operating system: a compiler, Python's own parts, and the libraries that Qt opens.

Whether a library is there is found out by opening it, not by package names. On Debian and its relatives, missing
packages are installed when that is allowed without asking (root, or sudo without a password); otherwise one
sentence names the command, and the caller decides whether it can go on.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from setup_console import Console, SetupFailed

QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What Qt 6 opens for a window on X11 or Wayland and for drawing without one, and the Debian package of each."""

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_PACKAGE = "fonts-dejavu-core"


def missing_libraries(names: Sequence[str]) -> list[str]:
    """Those of `names` that the dynamic linker does not find."""
    missing = []
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def has_font(folders: Sequence[str] = FONT_FOLDERS) -> bool:
    """Whether any font file lies in one of `folders`; Qt brings none of its own."""
    for folder in folders:
        for _, _, files in os.walk(os.path.expanduser(folder)):
            if any(file.lower().endswith((".ttf", ".otf", ".ttc", ".pfb")) for file in files):
                return True
    return False


def provide_qt_libraries(console: Console) -> None:
    """Linux: see to it that the window's libraries are there, or say what is missing and how to get it."""
    if not sys.platform.startswith("linux"):
        return
    missing = missing_libraries(list(QT_LIBRARIES))
    packages = [QT_LIBRARIES[name] for name in missing]
    if not has_font():
        packages.append(FONT_PACKAGE)
        missing.append("a font")
    if not packages:
        return
    console.say(f"The window needs {len(packages)} system packages more: {', '.join(packages)}.")
    if not install_packages(console, packages):
        if shutil.which("apt-get"):
            how = f"run `{install_command(packages)}`"
        else:
            how = f"install {', '.join(missing)} with your package manager"
        console.say(
            f"They may not be installed from here: {how} to have the window; the terminal chat needs none."
        )
        return
    still = missing_libraries([name for name in missing if name in QT_LIBRARIES])
    if still:
        console.say(f"Installed, but {', '.join(still)} still cannot be opened: the window may not start.")


def provide_compiler(console: Console) -> None:
    """See to a C and a C++ compiler. Without them set-up goes on: pip may have llama.cpp built already."""
    if sys.platform == "win32":
        return  # CMake finds Visual Studio where no search path leads
    if compiler("CC", ("cc", "gcc", "clang")) and compiler("CXX", ("c++", "g++", "clang++")):
        return
    if sys.platform.startswith("linux") and install_packages(console, ["gcc", "g++", "libc6-dev"]):
        return
    how = "run `xcode-select --install`" if sys.platform == "darwin" else f"run `{install_command(['g++'])}`"
    console.say(f"There is no C and C++ compiler, which building llama.cpp needs: {how} if this fails.")


def provide_venv_module(console: Console) -> None:
    """Debian ships Python without the part that makes environments. Raises SetupFailed when it stays missing."""
    if importlib.util.find_spec("ensurepip") is not None:
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    install_packages(console, [package])
    importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupFailed(
            f"This Python cannot make environments because its package {package} is missing; "
            f"run `{install_command([package])}` and then this again"
        )


def install_command(packages: Sequence[str]) -> str:
    """The command that a person types."""
    return f"sudo apt-get install -y {' '.join(packages)}"


def install_packages(console: Console, packages: Sequence[str]) -> bool:
    """Install Debian packages without asking anything; False when that is not possible here."""
    if shutil.which("apt-get") is None:
        return False
    command = _privileged()
    if command is None:
        return False
    console.say(f"Installing {' '.join(packages)} with apt-get.")
    apt = [*command, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    # A fresh machine has no package lists, or lists of versions that are gone: then, and only then, update.
    for step in (install, [*apt, "update"], install):
        status = console.run(step, "Still installing system packages.")
        if status == 0 and step is install:
            return True
    return False


def _privileged() -> list[str] | None:
    """What to write before a command to run it as root; None when that would take a password."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def compiler(variable: str, names: Sequence[str]) -> str | None:
    """The compiler that a build would use: what `variable` says, else the first of `names` on the path."""
    chosen = os.environ.get(variable, "").split()
    for name in chosen[:1] or names:
        found = shutil.which(name)
        if found:
            return found
    return None


def accepts_flag(program: str, flag: str) -> bool:
    """Whether the compiler compiles an empty file with `flag`."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "empty.c"
        source.write_text("int main(void) { return 0; }\n", encoding="utf-8")
        command = [program, "-Werror", flag, "-c", str(source), "-o", str(source.with_suffix(".o"))]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0
