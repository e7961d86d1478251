"""Numbers, times, errors and what the rooms below say, as words of the window's language, the same everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QTime

from costeer.foundation.errors import CoSteerError, KnownError
from costeer.foundation.progress import Progress
from costeer.foundation.translatable import Translatable, Value, fill
from costeer.services.answers.task import THIS_COMPUTER, is_told
from costeer.services.endpoints import DEMO_TITLE
from costeer.steering.policy import CONTEXT, MIXTURE, PERSONAL, REWARD
from costeer.storage.records import BY_THE_USER, AnswerFigures

_DECIMALS = re.compile(r"(,?)\.(\d)f")
_MOST_DIGITS = 6


def tr(text: str) -> str:
    """For what is not a QObject."""
    return QCoreApplication.translate("", text)  # lupdate knows no other context here


def translated(text: Translatable) -> str:
    """What a room below the window says, in the language of the window; English where nobody has translated it.

    Numbers are written, and lists joined, as that language does it.
    """
    return fill(QCoreApplication.translate("core", text.template), text.values, _shown)


def recorded_words(text: str) -> str:
    """What was kept without its template: translated where all of it is fixed words, else as it is."""
    return translated(Translatable.verbatim(text))


def _shown(value: Value, form: str) -> str:
    if isinstance(value, Translatable):
        return translated(value)
    if isinstance(value, tuple):
        return listed([_shown(one, form) for one in value])
    if isinstance(value, str):
        return name_words(value)
    if isinstance(value, int) and not form:
        return number(value)
    locale = QLocale()
    decimals = _DECIMALS.fullmatch(form)
    if decimals is None:
        return locale.toString(float(value), "g", _MOST_DIGITS)
    if decimals[1]:  # thousands apart, also where nothing is known of the language
        locale.setNumberOptions(locale.numberOptions() & ~QLocale.NumberOption.OmitGroupSeparator)
    return locale.toString(float(value), "f", int(decimals[2]))


def listed(parts: Iterable[str]) -> str:
    """Things one after another: a, b, c."""
    return tr(", ").join(parts)


def name_words(name: str) -> str:
    """What an endpoint, or a model at one, is called: the names are the user's but for two, which are ours."""
    ours = {DEMO_TITLE: tr("Demo cloud (this computer)"), THIS_COMPUTER.removesuffix(", "): tr("this computer")}
    called, *model = name.split(", ", 1)
    return listed([ours.get(called, called), *model]) if called in ours else name


def number(value: float, decimals: int = 0) -> str:
    return QLocale().toString(float(value), "f", decimals)


def bits_of_budget(bits: float, budget: float) -> str:
    """Leak bits that were spent, and of how many, where there is a bound (`budget` 0: there is none)."""
    spent = number(bits, 1)
    return tr("{bits} of {budget}").format(bits=spent, budget=number(budget)) if budget else spent


def counted(count: int, one: str, many: str) -> str:
    """`one` or `many`, whichever suits `count`, with the number in the place of {count}."""
    return (one if count == 1 else many).format(count=number(count))


def size(count: int) -> str:
    """Bytes, in the unit that keeps the figure short."""
    return QLocale().formattedDataSize(count, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def short_size(count: int) -> str:
    """As `size`, for narrow rows."""
    return tr("{count} B").format(count=number(count)) if count < 1024 else size(count)


def percent(probability: float) -> str:
    """0.034 as 3.4 %; what is not quite nothing is not shown as nothing."""
    if 0.0 < probability < 0.001:
        return tr("below 0.1 %")
    return tr("{number} %").format(number=number(probability * 100, 1))


def time_left_words(seconds: float) -> str:
    """As people say it: about so many minutes."""
    minutes = max(1, round(seconds / 60.0))
    if minutes < 60:
        return counted(minutes, tr("about one minute left"), tr("about {count} minutes left"))
    return counted(round(minutes / 60.0), tr("about one hour left"), tr("about {count} hours left"))


def progress_words(progress: Progress | None, seconds_left: float | None) -> str:
    """What long work is at; None: it has not said yet, or nobody can tell how long it takes."""
    if progress is None:
        return tr("Beginning…")
    what = translated(progress.what)
    return (
        what
        if seconds_left is None
        else tr("{what}; {left}").format(what=what, left=time_left_words(seconds_left))
    )


def moment(when: datetime) -> str:
    """The time of day when it was today, else the date."""
    local = when.astimezone()
    shown = QDateTime.fromSecsSinceEpoch(int(when.timestamp()))
    short = QLocale.FormatType.ShortFormat
    if local.date() == datetime.now().astimezone().date():
        return QLocale().toString(shown.time(), short)
    return QLocale().toString(shown.date(), short)


def clock(when: datetime) -> str:
    """The time of day, to the second."""
    local = when.astimezone()
    return QLocale().toString(QTime(local.hour, local.minute, local.second), "HH:mm:ss")


def sentence(error: Exception, log_file: Path) -> str:
    """What the window says about an error: what happened and what to do next."""
    if isinstance(error, KnownError):
        return translated(error.said)
    what = translated(error.said) if isinstance(error, CoSteerError) else tr("CoSteer made a mistake of its own.")
    return tr("{what} Try again; if it happens again, report it with the log file {file}.").format(
        what=what, file=log_file
    )


def pretty_json(body: str) -> str:
    """`body` laid out to be read, lists of plain values on one line; what is not JSON stays as it is."""
    try:
        return _laid_out(json.loads(body), "")
    except (ValueError, RecursionError):
        return body


def _laid_out(value: object, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        rows = [f"{inner}{_plain(key)}: {_laid_out(one, inner)}" for key, one in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        return "[\n" + ",\n".join(inner + _laid_out(one, inner) for one in value) + f"\n{indent}]"
    return _plain(value)


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def phase_words(phase: str) -> str:
    """What the machine is doing, below an answer that is being written."""
    words = {
        "preparing": tr("Getting ready…"),
        "sending": tr("Sending…"),
        "reading": tr("Reading the prompt…"),
        "waiting": tr("The cloud is reading the prompt…"),
        "steering": tr("Writing…"),
        "sketching": tr("The cloud is writing a draft…"),
        "local only": tr("Writing on this computer…"),
    }
    return words.get(phase, "")


def tier_words(tier: str | None) -> str:
    """How a cloud of that tier is used; None: it has not been tested."""
    words = {
        "A": tr("Steered word by word"),
        "A-": tr("Steered word by word, from few alternatives"),
        "B": tr("Cannot continue an answer: its drafts are rewritten on this computer"),
        "C": tr("Tells no alternatives to its words: its drafts are rewritten on this computer"),
    }
    return words.get(tier or "", tr("Not tested yet; it is when it first answers"))


def figures_line(figures: AnswerFigures) -> str:
    """What stands below an answer: how long it is, who wrote it, and what it gave away."""
    if figures.written_by == BY_THE_USER:
        if is_told(figures):
            return tr("Written by you; the cloud is told it when you go on")
        return tr("Written by you; the cloud is not told it")
    tokens = counted(figures.tokens, tr("{count} token"), tr("{count} tokens"))
    if figures.sketch:
        return tr("{tokens}, rewritten here from the cloud's draft").format(tokens=tokens)
    if figures.tier == "D":
        return tr("{tokens}, written on this computer").format(tokens=tokens)
    return tr("{tokens}, {steered} steered, {bits} leak bits").format(
        tokens=tokens, steered=number(figures.steered_tokens), bits=number(figures.leak_bits, 1)
    )


def going_on_words(figures: AnswerFigures | None) -> str:
    """What a cloud hears of an answer, as it is or changed, when the conversation goes on."""
    if figures is None or is_told(figures):
        return tr("When you go on, the cloud is told this text as its answer.")
    if figures.sketch:
        return tr("When you go on, the cloud is told its own draft, not this text.")
    return tr("When you go on, the cloud is told nothing of this answer.")


def signal_words(name: str) -> str:
    """Which part of steering it is, in the middle of a sentence."""
    names = {
        CONTEXT: tr("your profile"),
        MIXTURE: tr("the local model's own words"),
        PERSONAL: tr("your personal model"),
    }
    if name.startswith(REWARD):
        return tr("the preference “{name}”").format(name=preference_words(name.removeprefix(REWARD)))
    return names.get(name, name)


def preference_words(dimension: str, own: str = "") -> str:
    """The name of a preference by its id; one of the user's is in their words, `own`, where these are known."""
    words = {
        "concise": tr("Concise"),
        "detailed": tr("Detailed"),
        "expert": tr("Expert"),
        "plain": tr("Plain"),
        "creative": tr("Creative"),
        "uplifting": tr("Uplifting"),
        "humorous": tr("Humorous"),
        "careful": tr("Careful"),
    }
    return words.get(dimension, own or tr("in your own words"))


def nats_words(nats: float | None) -> str:
    """How far something moved a word, with its sign; None where that was not measured."""
    if nats is None:
        return tr("not measured")
    return ("+" if nats >= 0 else "−") + number(abs(nats), 2)


def placeholder_kind(label: str) -> str:
    """What a private text is, by the label of its placeholder."""
    words = {
        "name": tr("A name"),
        "address": tr("An address"),
        "code": tr("A code"),
        "text": tr("A private text"),
        "card": tr("A card number"),
        "iban": tr("A bank account"),
        "id": tr("A number of a person"),
        "wallet": tr("An address of a wallet"),
        "email": tr("An e-mail address"),
        "phone": tr("A telephone number"),
        "ip": tr("An address on the internet"),
    }
    return words.get(label, label)
