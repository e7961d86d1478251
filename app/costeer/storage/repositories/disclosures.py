"""Private words, and what the user wants of private texts in what they send: in one conversation, or in all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import Select, delete, insert, select, update

from costeer.foundation.errors import StorageError
from costeer.foundation.translatable import translatable
from costeer.storage.database import Database
from costeer.storage.models import DisclosureRow, MessageRow, PrivateWordRow, RememberedChoiceRow
from costeer.storage.records import Disclosure, DisclosureChoice, PrivateWord, RememberedChoice, WordLabel

_NO_WORD = translatable("This private word no longer exists; look at the profile again.")


class DisclosureRepository:
    """Any thread; each call is one transaction. Whether two texts are one is for the caller to say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def words(self) -> list[PrivateWord]:
        """In the order they were added."""
        with self._database.reading() as session:
            rows = session.scalars(select(PrivateWordRow).order_by(PrivateWordRow.number))
            return [PrivateWord(row.id, row.text, row.label) for row in rows]

    def add_word(self, text: str, label: WordLabel) -> PrivateWord:
        word = PrivateWord(uuid.uuid4().hex, text, label)
        with self._database.writing() as session:
            session.execute(insert(PrivateWordRow).values(id=word.id, text=text, label=label))
        return word

    def change_word(self, word_id: str, *, text: str | None = None, label: WordLabel | None = None) -> PrivateWord:
        """Change what is not None."""
        given = {"text": text, "label": label}
        values = {name: value for name, value in given.items() if value is not None}
        with self._database.writing() as session:
            if values:
                session.execute(update(PrivateWordRow).where(PrivateWordRow.id == word_id).values(**values))
            row = session.scalar(select(PrivateWordRow).where(PrivateWordRow.id == word_id))
            if row is None:
                raise StorageError(_NO_WORD)
            return PrivateWord(row.id, row.text, row.label)

    def remove_word(self, word_id: str) -> None:
        with self._database.writing() as session:
            gone = delete(PrivateWordRow).where(PrivateWordRow.id == word_id).returning(PrivateWordRow.number)
            if session.scalar(gone) is None:
                raise StorageError(_NO_WORD)
        self._database.write_back()

    def remembered(self) -> list[RememberedChoice]:
        """For all conversations, in the order they were made."""
        with self._database.reading() as session:
            rows = session.scalars(select(RememberedChoiceRow).order_by(RememberedChoiceRow.number))
            return [RememberedChoice(row.text, row.choice) for row in rows]

    def remember(self, text: str, choice: DisclosureChoice) -> None:
        """Instead of what was remembered for this very text."""
        with self._database.writing() as session:
            session.execute(delete(RememberedChoiceRow).where(RememberedChoiceRow.text == text))
            session.execute(insert(RememberedChoiceRow).values(text=text, choice=choice))

    def forget(self, text: str) -> None:
        with self._database.writing() as session:
            session.execute(delete(RememberedChoiceRow).where(RememberedChoiceRow.text == text))
        self._database.write_back()

    def of_conversation(self, conversation_id: str) -> list[Disclosure]:
        """In the order they were made."""
        with self._database.reading() as session:
            return _disclosures(session.scalars(_of(conversation_id)))

    def of_message(self, message_id: str) -> list[Disclosure]:
        """Those of the conversation that the message is in."""
        conversation = select(MessageRow.conversation).where(MessageRow.id == message_id)
        with self._database.reading() as session:
            found = session.scalar(conversation)
            return [] if found is None else _disclosures(session.scalars(_of(found)))

    def replaced(self) -> list[Disclosure]:
        """Every text that is replaced in some conversation; asked for before every request."""
        replaced = select(DisclosureRow.text, DisclosureRow.choice, DisclosureRow.placeholder).where(
            DisclosureRow.choice == "replace"
        )
        with self._database.reading() as session:
            return [Disclosure(*row) for row in session.execute(replaced.order_by(DisclosureRow.number))]

    def put(self, conversation_id: str, disclosures: Iterable[Disclosure]) -> None:
        """Each instead of what was decided about this very text in the conversation."""
        with self._database.writing() as session:
            for one in disclosures:
                values = {"choice": one.choice, "placeholder": one.placeholder}
                same = DisclosureRow.conversation == conversation_id, DisclosureRow.text == one.text
                changed = session.execute(
                    update(DisclosureRow).where(*same).values(**values).returning(DisclosureRow.number)
                )
                if changed.first() is None:
                    session.execute(
                        insert(DisclosureRow).values(conversation=conversation_id, text=one.text, **values)
                    )


def _of(conversation_id: str) -> Select[DisclosureRow]:
    return (
        select(DisclosureRow).where(DisclosureRow.conversation == conversation_id).order_by(DisclosureRow.number)
    )


def _disclosures(rows: Iterable[DisclosureRow]) -> list[Disclosure]:
    return [Disclosure(row.text, row.choice, row.placeholder) for row in rows]
