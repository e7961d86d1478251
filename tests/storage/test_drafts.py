"""What is half written, by its place."""

from __future__ import annotations

from costeer.storage.database import Database
from costeer.storage.records import Draft
from costeer.storage.repositories import ConversationRepository, DraftRepository


def test_each_place_keeps_one_draft_and_loses_it_with_what_it_belongs_to(database: Database) -> None:
    conversations, drafts = ConversationRepository(database), DraftRepository(database)
    first, second = conversations.create("Oats"), conversations.create("Rye")
    question = conversations.add_message(first.id, None, "user", "What are oats?")
    new = Draft(None, None, "half of a qu")
    edit = Draft(first.id, question.id, "What is oatmeal\ud800?")
    for one in (
        Draft(None, None, "half"),
        new,
        Draft(first.id, None, "and rye"),
        edit,
        Draft(second.id, None, "x"),
    ):
        drafts.put(one)
    assert set(drafts.all()) == {new, edit, Draft(first.id, None, "and rye"), Draft(second.id, None, "x")}
    drafts.put(Draft(second.id, None, ""))
    drafts.put(Draft("of a conversation that is gone", None, "lost"))
    drafts.put(Draft(first.id, "a question that is gone", "lost"))
    assert set(drafts.all()) == {new, edit, Draft(first.id, None, "and rye")}
    conversations.discard(first.id)
    assert edit in drafts.all()
    conversations.purge(first.id)
    assert drafts.all() == [new]
