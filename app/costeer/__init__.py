"""CoSteer Desktop: a strong cloud model answers, small local models that know the user steer it.

Each subpackage is one room of the house; `docs/architecture.md` says what it is for and which rooms it may
look into. Importing this package loads nothing heavy: no Qt, no llama.cpp, no database.
"""

__version__ = "0.1.0"
