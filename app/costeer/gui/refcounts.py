"""Keeps PySide6 6.12 from using up `None` and `True` on Python 3.11.

The 6.12.0 wheels are marked for Python 3.10 and later, but return None, True and NotImplemented without taking a
reference, which is right from Python 3.12 on, where these objects are immortal (PEP 683). On 3.11 every call of
a Qt method costs one reference, and after some thousands of calls the interpreter aborts ("none_dealloc").
Giving the objects as many references as 3.12 gives them makes 3.11 behave alike.
"""

from __future__ import annotations

import ctypes
import sys

PLENTY = 1 << 40


def make_constants_immortal() -> None:
    """Once per process, before the first call of Qt; nothing to do from Python 3.12 on."""
    if sys.version_info >= (3, 12) or sys.getrefcount(None) > PLENTY // 2:
        return
    for constant in (None, True, False, NotImplemented, Ellipsis):
        # CPython keeps the count in the first word of an object.
        ctypes.c_ssize_t.from_address(id(constant)).value += PLENTY
