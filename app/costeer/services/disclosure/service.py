"""What is private, what the user wants of it, and what therefore stands for it in a conversation.

Private are the texts of the profile and the memories that may not be sent, the sentences of private documents, the
user's private words, and what the rules find (`privacy.rules`). Whatever of that stands in a conversation that is
about to be sent is either replaced by a placeholder or sent as it is. The user says which: for all conversations
(remembered), or for one, which keeps what was decided, because its messages are sent again with each turn.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from costeer.foundation.errors import BadInput
from costeer.foundation.folding import comparable
from costeer.foundation.private_texts import CurrentTexts, is_recognisable
from costeer.foundation.settings import PrivacySettings
from costeer.foundation.text import check_text
from costeer.foundation.translatable import Translatable
from costeer.privacy.rules import RULES, RuleName, find
from costeer.services.disclosure.asking import Chosen, FoundText
from costeer.services.disclosure.placeholders import Replacements, forms_in, label_of
from costeer.services.shelves import Shelves
from costeer.storage.records import Disclosure, DisclosureChoice, PrivateWord, RememberedChoice, WordLabel

LONGEST_WORD = 200
_MOST_READ = 64
_LABELS: dict[RuleName, str] = {
    "card": "card",
    "iban": "iban",
    "national_id": "id",
    "crypto": "wallet",
    "email": "email",
    "phone": "phone",
    "ip": "ip",
}
OF_A_TEXT = "text"
_WORD_LABELS: dict[WordLabel, str] = {"name": "name", "address": "address", "code": "code", "other": OF_A_TEXT}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is about to be sent. The rules look at what is `own`: written by the user."""

    text: str
    own: bool


class DisclosureService:
    """Any thread. `private` gives the texts of profile and documents, at each call; `settings` the rules in use;
    `region` is the country whose telephone numbers are known without their code."""

    def __init__(
        self,
        shelves: Shelves,
        private: Callable[[], Iterable[str]],
        settings: Callable[[], PrivacySettings],
        region: str = "",
    ) -> None:
        self._shelves = shelves
        self._private = private
        self._settings = settings
        self._region = region
        self.texts = CurrentTexts(self.private_strings)
        self._read: dict[tuple[str, frozenset[RuleName]], list[tuple[str, str]]] = {}

    def words(self) -> list[PrivateWord]:
        return self._shelves.stored.disclosures.words()

    def add_word(self, text: str, label: WordLabel = "other") -> PrivateWord:
        """Raises BadInput for one that cannot be recognised, or that is there already."""
        usable = _usable(text)
        if comparable(usable) in {comparable(one.text) for one in self.words()}:
            raise BadInput("This private word is there already.")
        return self._shelves.stored.disclosures.add_word(usable, label)

    def change_word(self, word_id: str, *, text: str | None = None, label: WordLabel | None = None) -> PrivateWord:
        text = None if text is None else _usable(text)
        return self._shelves.stored.disclosures.change_word(word_id, text=text, label=label)

    def remove_word(self, word_id: str) -> None:
        self._shelves.stored.disclosures.remove_word(word_id)

    def remembered(self) -> list[RememberedChoice]:
        """What is done with a text in every conversation without asking."""
        return self._shelves.stored.disclosures.remembered()

    def remember(self, text: str, choice: DisclosureChoice) -> None:
        stored = self._shelves.stored.disclosures
        for one in stored.remembered():
            if comparable(one.text) == comparable(text):
                stored.forget(one.text)
        stored.remember(text, choice)

    def forget(self, text: str) -> None:
        """Ask again from now on, in conversations that have not decided for themselves."""
        self._shelves.stored.disclosures.forget(text)

    def private_strings(self) -> tuple[str, ...]:
        """Every text that must not leave unless the user lets it: for the last gate. What a rule found once is
        among them, because other conversations may steer with it."""
        replaced = (one for shelf in self._shelves.all() for one in shelf.disclosures.replaced())
        ruled = (one.text for one in replaced if label_of(one.placeholder) in _LABELS.values())
        return tuple(dict.fromkeys((*self._private(), *(one.text for one in self.words()), *ruled)))

    def allowed(self, message_id: str | None) -> tuple[str, ...]:
        """What may be sent as it is in the conversation of a message, by the user's own choice."""
        everywhere = [one.text for one in self.remembered() if one.choice == "send"]
        if message_id is None:
            return tuple(everywhere)
        here = self._shelves.of_message(message_id).disclosures.of_message(message_id)
        replaced = {comparable(one.text) for one in here if one.choice == "replace"}
        sent = [one.text for one in here if one.choice == "send"]
        return (*sent, *(one for one in everywhere if comparable(one) not in replaced))

    def undecided(self, conversation_id: str, messages: Sequence[Outgoing]) -> tuple[FoundText, ...]:
        """What of the messages is private and waits for a decision, in the order it stands there."""
        here = self._here(conversation_id)
        remembered = {comparable(one.text): one.choice for one in self.remembered()}
        sent = [one.text for one in here if one.choice == "send"]
        decided = {comparable(one.text) for one in here}
        sent += [
            one.text for one in self.remembered() if one.choice == "send" and comparable(one.text) not in decided
        ]
        found = self._found(messages, sent)
        new = [(text, label) for text, label in found if comparable(text) not in decided]
        known = [(text, label) for text, label in new if remembered.get(comparable(text)) == "replace"]
        if known:
            self.decide(conversation_id, known, Chosen(), messages)
            new = [one for one in new if one not in known]
        would = self.replacements(conversation_id).with_more(new, _taken(messages))
        return tuple(FoundText(text, label, would.by_text[text]) for text, label in new)

    def decide(
        self,
        conversation_id: str,
        found: Iterable[tuple[str, str]],
        chosen: Chosen,
        messages: Sequence[Outgoing] = (),
    ) -> None:
        """Keep what the user has chosen for (text, label), in the conversation and, where wanted, for all."""
        choices = {text: chosen.choices.get(text, "replace") for text, _ in found}
        labels = dict(found)
        replaced = [(text, labels[text]) for text, choice in choices.items() if choice == "replace"]
        would = self.replacements(conversation_id).with_more(replaced, _taken(messages))
        self._shelves.of(conversation_id).disclosures.put(
            conversation_id,
            [
                Disclosure(text, choice, would.by_text[text] if choice == "replace" else "")
                for text, choice in choices.items()
            ],
        )
        for text, choice in choices.items():
            if text in chosen.remember:
                self.remember(text, choice)

    def replacements(self, conversation_id: str) -> Replacements:
        """What stands for what in everything that the conversation sends."""
        return Replacements({one.text: one.placeholder for one in self._here(conversation_id) if one.placeholder})

    def disclosures(self, conversation_id: str) -> list[Disclosure]:
        """What was decided in the conversation."""
        return self._here(conversation_id)

    def keep(self, conversation_id: str, text: str, stands_for: str) -> None:
        """A placeholder that an answer has used stands for its text from now on."""
        self._shelves.of(conversation_id).disclosures.put(
            conversation_id, [Disclosure(text, "replace", stands_for)]
        )

    def nameable(self, texts: Iterable[str]) -> list[tuple[str, str]]:
        """(text, label) of the private words and of what the rules find in texts that only this computer reads."""
        labels = {comparable(one.text): _WORD_LABELS[one.label] for one in self.words()}
        found: dict[str, str] = {}
        for text in texts:
            for place in self.texts().places_in(text, any_depth=True):
                if comparable(place.text) in labels:
                    found.setdefault(place.text, labels[comparable(place.text)])
            found |= {one: label for one, label in self._ruled(text) if one not in found}
        return list(found.items())

    def _found(self, messages: Sequence[Outgoing], sent: Collection[str]) -> list[tuple[str, str]]:
        """(text, label), each once."""
        leave = {comparable(one) for one in sent}
        labels = {comparable(one.text): _WORD_LABELS[one.label] for one in self.words()}
        found: dict[str, tuple[str, str]] = {}
        for message in messages:
            for place in self.texts().places_in(message.text, leave=leave):
                folded = comparable(place.text)
                found.setdefault(folded, (place.text, labels.get(folded) or self._label(place.text)))
            for text, label in self._ruled(message.text) if message.own else ():
                if comparable(text) not in leave:
                    found.setdefault(comparable(text), (text, label))
        return list(found.values())

    def _label(self, text: str) -> str:
        """What a text is that was replaced in another conversation."""
        ruled = [label for one, label in self._ruled(text) if one == text]
        return ruled[0] if ruled else OF_A_TEXT

    def _ruled(self, text: str) -> list[tuple[str, str]]:
        settings = self._settings()
        rules = frozenset(one for one in RULES if getattr(settings, one))
        key = text, rules
        known = self._read.get(key)
        if known is None:
            known = [(one.text, _LABELS[one.rule]) for one in find(text, rules, self._region)]
            while len(self._read) >= _MOST_READ:
                self._read.pop(next(iter(self._read)), None)
            self._read[key] = known
        return known

    def _here(self, conversation_id: str) -> list[Disclosure]:
        return self._shelves.of(conversation_id).disclosures.of_conversation(conversation_id)


def home_region() -> str:
    """The country that the system is set to ("CH"); empty where it says none."""
    name = next((value for one in ("LC_ALL", "LC_CTYPE", "LANG") if (value := os.environ.get(one))), "")
    language, _, region = (name or locale.getlocale()[0] or "").partition(".")[0].partition("_")
    return region.upper() if language and len(region) == 2 and region.isalpha() else ""


def _taken(messages: Sequence[Outgoing]) -> set[str]:
    """What the user has written in the form of a placeholder stands for itself."""
    return {form for one in messages if one.own for form in forms_in(one.text)}


def _usable(text: str) -> str:
    check_text(text, Translatable("private word"))
    word = " ".join(text.split())
    if not word:
        raise BadInput("The private word is empty; write a name, an address or a code.")
    if len(word) > LONGEST_WORD:
        raise BadInput(
            "The private word has {count} characters and {most} are allowed; shorten it.",
            count=len(word),
            most=LONGEST_WORD,
        )
    if not is_recognisable(comparable(word)):
        raise BadInput(
            "“{word}” is too short to be recognised in other texts; write at least three letters.", word=word
        )
    return word
