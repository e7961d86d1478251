"""The user's settings: one TOML file, one dataclass.

Unknown keys in the file are kept when it is saved again, so an older version does not destroy what a newer
one wrote. Keys and passwords are never settings: they live in the keychain.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import tomli_w

from costeer.foundation.errors import BadInput
from costeer.foundation.files import write_atomically

DecoderName = Literal["lookahead", "token"]
SamplingName = Literal["quiet", "fast"]
WhenFound = Literal["ask", "replace", "refuse"]
ThemeChoice = Literal["system", "light", "dark"]
Language = Literal["system", "en", "zh_CN"]

DEMO_ENDPOINT = "demo"
"""The endpoint name that stands for the built-in server on this computer."""


@dataclass(frozen=True, slots=True)
class SteeringSettings:
    """Strength is the closed-form gain `c`; `mixture` is the weight `w` reached from `c = 0.5` upwards.

    `sampling` says whose draws an answer with a temperature is made of; `prefetch` is the budget for asking the
    cloud's runner-up branches beforehand, in extra cloud tokens per token of an answer.

    `answer_budget` and `conversation_budget` are the leak bits that an answer, and a conversation, may cost; 0
    is any number.

    `fitted_strength` and `fitted_mixture` are the point that fits the user's own writing, None where none has
    been found.

    `history` lets the user's messages in other conversations steer, too. It is off by default: what was said in
    one conversation may be meant for that one.
    """

    enabled: bool = True
    strength: float = 0.5
    mixture: float = 0.15
    decoder: DecoderName = "lookahead"
    temperature: float = 0.0
    top_p: float = 1.0
    sampling: SamplingName = "quiet"
    prefetch: float = 0.0
    max_tokens: int = 512
    history: bool = False
    answer_budget: float = 0.0
    conversation_budget: float = 0.0
    fitted_strength: float | None = None
    fitted_mixture: float | None = None


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """A cloud endpoint the user added. Its key, if any, is in the keychain under `name`.

    Prices are for a million tokens of prompt and of answer, in `currency`; 0 where the user has entered none.
    """

    name: str
    base_url: str
    model: str = ""
    price_input: float = 0.0
    price_output: float = 0.0
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """`when_found` is what happens with a private text in what is about to be sent, unless a choice is remembered.
    The others switch the rules of `privacy.rules`, by their names."""

    when_found: WhenFound = "ask"
    card: bool = True
    iban: bool = True
    national_id: bool = True
    crypto: bool = True
    email: bool = True
    phone: bool = True
    ip: bool = True


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How the window looks and behaves. Other programs may write the file: whoever uses a value bounds it.

    `text_size` is in percent; `code_font` a family, empty for the system's; `shortcuts` holds, by the name of a
    command, the keys the user gave it (none: an empty text), and only where these are not the usual ones.
    `guide_seen`: the guide of the first start has been shown.
    """

    theme: ThemeChoice = "system"
    text_size: int = 100
    code_font: str = ""
    language: Language = "system"
    keep_in_tray: bool = False
    guide_seen: bool = False
    shortcuts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """`fast_copies`: whether copies of local models in faster types may be kept in the cache folder.

    `find_titles` and `propose_memories`: whether the local model does that after an answer, when it is idle.

    `ledger_days`: how long entries of the ledger are kept, 0 for ever; `forget_deleted`: whether it keeps no words
    of conversations that were deleted for good.
    """

    steering: SteeringSettings = field(default_factory=SteeringSettings)
    endpoint: str = DEMO_ENDPOINT
    endpoints: tuple[EndpointSettings, ...] = ()
    local_model: str = "smollm2-135m-instruct"
    demo_cloud_model: str = "smollm2-135m-instruct"
    fast_copies: bool = True
    find_titles: bool = True
    propose_memories: bool = True
    ledger_days: int = 0
    forget_deleted: bool = False
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    window: WindowSettings = field(default_factory=WindowSettings)


_PLAIN_KEYS = {
    "endpoint": str,
    "local_model": str,
    "demo_cloud_model": str,
    "fast_copies": bool,
    "find_titles": bool,
    "propose_memories": bool,
    "ledger_days": int,
    "forget_deleted": bool,
}


def load_settings(file: Path) -> Settings:
    """Read `file`; a missing file means the defaults.

    Raises BadInput when the file is not TOML or holds a value of the wrong kind; the file is left as it is.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            "The settings file {file} cannot be read ({error}); correct or remove it.", file=file, error=error
        ) from error
    try:
        return Settings(
            steering=_fill(SteeringSettings, raw.get("steering", {})),
            endpoints=tuple(_fill(EndpointSettings, one) for one in raw.get("endpoints", [])),
            privacy=_fill(PrivacySettings, raw.get("privacy", {})),
            window=_window(raw.get("window", {})),
            **{key: _expect(kind, raw[key], key) for key, kind in _PLAIN_KEYS.items() if key in raw},
        )
    except (TypeError, ValueError) as error:
        raise BadInput(
            "The settings file {file} holds a wrong value: {error}; correct it.", file=file, error=error
        ) from error


def save_settings(file: Path, settings: Settings) -> None:
    """Write atomically: a crash leaves either the old file or the new one."""
    try:
        kept = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = {}
    merged = {**kept, **dataclasses.asdict(settings)}
    steering = {**kept.get("steering", {}), **dataclasses.asdict(settings.steering)}
    merged["steering"] = {name: value for name, value in steering.items() if value is not None}  # TOML has no None
    merged["privacy"] = {**kept.get("privacy", {}), **dataclasses.asdict(settings.privacy)}
    merged["window"] = {**kept.get("window", {}), **dataclasses.asdict(settings.window)}
    merged["endpoints"] = [dataclasses.asdict(one) for one in settings.endpoints]
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(file, tomli_w.dumps(merged).encode())


def _fill(kind: type[Any], raw: object) -> Any:
    """A dataclass of `kind` from a TOML table: known keys only, numbers widened, other types refused."""
    if not isinstance(raw, dict):
        raise TypeError(f"a table was expected, not {raw!r}")
    values: dict[str, object] = {}
    for one in dataclasses.fields(kind):
        if one.name in raw:
            values[one.name] = _expect(_kind_of(one.default), raw[one.name], one.name)
    return kind(**values)


def _window(raw: object) -> WindowSettings:
    if not isinstance(raw, dict):
        raise TypeError(f"a table was expected, not {raw!r}")
    plain = {name: value for name, value in raw.items() if name != "shortcuts"}
    shortcuts = _expect(dict, raw.get("shortcuts", {}), "shortcuts")
    given = {name: _expect(str, keys, name) for name, keys in shortcuts.items()}
    window: WindowSettings = _fill(WindowSettings, plain)
    return dataclasses.replace(window, shortcuts=given)


def _kind_of(default: object) -> type[Any]:
    """What a field holds: a text where it has no default, a number where it need not be set."""
    if default is None:
        return float
    return str if default is dataclasses.MISSING else type(default)


def _expect(kind: type[Any], value: object, key: str) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"{key} = {value!r} should be of type {kind.__name__}")
    return value
