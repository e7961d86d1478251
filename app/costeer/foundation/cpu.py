"""How many CPU threads native code should use.

llama.cpp's threads wait for each other by spinning, several hundred times a token. As soon as there are more of
them than cores, each wait lasts until the scheduler comes round: measured on two busy cores, a step of 25 ms then
took 1.5 s. So what runs at the same time shares the cores, and something is left for the window.
"""

from __future__ import annotations

import os

import psutil


def usable_cores() -> int:
    """Physical cores this process may run on, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))


def threads_alone() -> int:
    """For a model that has the computer to itself, but for the window."""
    return max(1, usable_cores() - 1)


def threads_shared() -> int:
    """For each of two models that run at the same time (the local one and the demo cloud)."""
    return max(1, usable_cores() // 2)
