"""The one exception tree.

::

    CoSteerError
    ├── KnownError            the environment's or the input's fault; the user can do something about it
    │   ├── BadInput          what the user gave cannot be used (prompt, profile, option)
    │   │   └── PromptTooLong
    │   ├── ModelError        a model file is missing, damaged or does not fit
    │   │   └── VocabularyMismatch
    │   ├── LocalModelLost    the model process died or hung, and restarting it did not help
    │   ├── EndpointError     the cloud side: unreachable, refused, wrong key, broken answer
    │   │   ├── EndpointUnreachable
    │   │   │   └── NeverReached  and it has never answered before
    │   │   ├── EndpointRefused
    │   │   └── StreamBroken  the answer stopped before its end
    │   ├── KeysLocked        API keys that a passphrase protects, which nobody has given yet
    │   ├── TransmissionRefused  a privacy guard would not let a request leave
    │   └── StorageError      the database cannot be opened or written
    │       ├── DatabaseTooNew
    │       ├── DatabaseLocked  a passphrase protects it, which nobody has given yet
    │       └── KeyLost       it is encrypted, and its key is nowhere
    ├── BugError              ours: an invariant of the program does not hold
    └── Cancelled             the user stopped it; neither success nor failure

Each carries `user_message`: one sentence that names the thing and the next step. It is what the window and
the command line show; the traceback goes to the log.
"""

from __future__ import annotations


class CoSteerError(Exception):
    """Base of everything raised on purpose."""

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message)
        self.user_message = user_message


class KnownError(CoSteerError):
    """The environment or the input is at fault, and the message says what to do next."""


class BadInput(KnownError):
    """Something the user typed, chose or passed cannot be used as it is."""


class PromptTooLong(BadInput):
    """The prompt alone does not fit into the context window."""


class ModelError(KnownError):
    """A model file is missing, truncated, not GGUF, or cannot be loaded."""


class VocabularyMismatch(ModelError):
    """The local model and the cloud model do not share one vocabulary."""


class LocalModelLost(KnownError):
    """The model process is gone and could not be brought back for this answer."""


class EndpointError(KnownError):
    """The cloud endpoint did not do what was asked."""


class EndpointUnreachable(EndpointError):
    """No connection, or none in time."""


class NeverReached(EndpointUnreachable):
    """No connection to an endpoint that has never answered yet: its address is probably wrong."""


class EndpointRefused(EndpointError):
    """The endpoint answered with an error of its own (wrong key, bad request, 5xx)."""

    def __init__(self, user_message: str, status: int = 0) -> None:
        """`status` is HTTP's, where that was the answer."""
        super().__init__(user_message)
        self.status = status


class StreamBroken(EndpointError):
    """The connection ended in the middle of an answer."""


class KeysLocked(KnownError):
    """The API keys are in a file whose passphrase has not been given."""


class TransmissionRefused(KnownError):
    """A guard found something private in a request; nothing was sent."""


class StorageError(KnownError):
    """The database cannot be opened, read or written."""


class DatabaseTooNew(StorageError):
    """The database was written by a newer version of the application."""


class DatabaseLocked(StorageError):
    """The database is encrypted by a key that a passphrase protects, which has not been given."""


class KeyLost(StorageError):
    """The database is encrypted, and its key is not where keys are kept."""


class BugError(CoSteerError):
    """An invariant of the program is broken. The message asks the user to report it."""


class Cancelled(CoSteerError):
    """Raised by `CancelToken.raise_if_cancelled`."""

    def __init__(self) -> None:
        super().__init__("Stopped.")
