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

Each is raised with one sentence that names the thing and the next step, as a literal template and its values::

    raise BadInput("The file {name} holds no text; choose another one.", name=file.name)

`user_message` is that sentence in English, for the command line; the window shows `said` in its own language. The
traceback goes to the log. No f-string is a template: what it holds could not be translated any more
(`tests/architecture/test_texts.py` finds each).
"""

from __future__ import annotations

from costeer.foundation.translatable import Translatable


class Worded(Exception):
    """An exception that says what happened in words for people; `said` may be a part of another text."""

    def __init__(self, template: str | Translatable, /, **values: object) -> None:
        """Raises KeyError where a place of `template` has no value."""
        self.reword(template if isinstance(template, Translatable) else Translatable(template, **values))
        super().__init__(self.said)

    @property
    def user_message(self) -> str:
        """In English."""
        return str(self.said)

    def reword(self, said: Translatable) -> None:
        """Say this instead."""
        self.said = said
        self.args = (said,)


class CoSteerError(Worded):
    """Base of everything raised on purpose."""


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

    def __init__(self, template: str | Translatable, /, *, status: int = 0, **values: object) -> None:
        """`status` is HTTP's, where that was the answer; a template may name it."""
        super().__init__(template, status=status, **values)
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
