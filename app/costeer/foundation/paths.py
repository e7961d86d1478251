"""Where everything lives on this computer.

`COSTEER_HOME` moves all of it into one folder (tests use that); otherwise platformdirs decides. Files that
ship with the application (the model catalogue, icons, prompts) are found beside the package when it is
installed from a wheel, and at the repository root when it runs from a checkout.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from costeer.foundation.errors import StorageError
from costeer.foundation.system_words import system_words

APP_NAME = "costeer"
_PRIVATE = 0o700
_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class AppPaths:
    """The folders of one installation. `create()` makes them, readable by the user only."""

    config: Path
    data: Path
    cache: Path
    log: Path

    @classmethod
    def locate(cls) -> AppPaths:
        home = os.environ.get("COSTEER_HOME")
        if home:
            root = Path(home).expanduser().resolve()
            return cls(root / "config", root / "data", root / "cache", root / "log")
        return cls(
            Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)),
            Path(platformdirs.user_data_dir(APP_NAME, appauthor=False)),
            Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False)),
            Path(platformdirs.user_log_dir(APP_NAME, appauthor=False)),
        )

    def create(self) -> AppPaths:
        """Raises StorageError when one cannot be made, or others could look into it and that cannot be changed."""
        for folder in (self.config, self.data, self.cache, self.log, self.models):
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
                if os.name == "posix" and folder.stat().st_mode & 0o077:  # made by something else
                    folder.chmod(_PRIVATE)
            except OSError as error:
                raise StorageError(
                    "The folder {folder} cannot be made, or kept from others ({why}); "
                    "choose another with COSTEER_HOME.",
                    folder=folder,
                    why=system_words(error),
                ) from error
        return self

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.toml"

    @property
    def database_file(self) -> Path:
        return self.data / "costeer.sqlite3"

    @property
    def protection_file(self) -> Path:
        """What was decided about the database's encryption."""
        return self.data / "protection.json"

    @property
    def backups_file(self) -> Path:
        """Where backups were written to."""
        return self.data / "backups.json"

    @property
    def keys_file(self) -> Path:
        """API keys, sealed, where there is no keychain."""
        return self.data / "keys.json"

    @property
    def models(self) -> Path:
        """Weights the user downloaded."""
        return self.data / "models"

    @property
    def adapters(self) -> Path:
        """Adapters that were trained for local models."""
        return self.data / "adapters"

    @property
    def training_material(self) -> Path:
        """What clouds wrote to train adapters on; nothing of the user's."""
        return self.data / "training-material"

    @property
    def log_file(self) -> Path:
        return self.log / "costeer.log"


def environment_models() -> Path:
    """Weights that `make setup` fetched into the Python environment itself."""
    return Path(sys.prefix) / "share" / APP_NAME / "models"


def shipped(*parts: str) -> Path:
    """A file that ships with the application: `shipped("models", "catalogue.toml")`."""
    bundled = _PACKAGE / "_bundled"
    root = bundled if bundled.is_dir() else _PACKAGE.parent.parent
    return root.joinpath(*parts)
