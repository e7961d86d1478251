"""What the user says of answers without being asked: going on below one of several, or writing one better.

Both happen where messages are stored, so the window and the command line tell the same. What is told stands beside
the messages it is about: of a temporary chat it is in memory, gone with it and learnt by nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from costeer.foundation.errors import BadInput
from costeer.foundation.text import check_text
from costeer.foundation.translatable import Translatable
from costeer.services.shelves import Shelf
from costeer.storage.records import BY_THE_USER, AnswerFigures, Message

LONGEST_ANSWER = 2_000_000
_ANSWER = Translatable("answer")


def tell_gone_on(shelf: Shelf, thread: Sequence[Message]) -> None:
    """The user has asked something below the last message of `thread`. Where that answer has others beside it, it
    was preferred to the newest of them that was finished.

    Nothing is told twice of the same two, nor against what the user said of them: side by side, by changing one
    into the other, or by thumbs.
    """
    if len(thread) < 2 or thread[-2].role != "user" or not _is_finished(thread[-1]):
        return
    chosen = thread[-1]
    others = [one for one in shelf.conversations.siblings(chosen.id) if one.id != chosen.id and _is_finished(one)]
    rejected = next((one for one in reversed(others) if one.text.strip() != chosen.text.strip()), None)
    if rejected is None:
        return
    given = shelf.preferences.all(chosen.conversation)
    thumbs = {one.chosen: one.value or 0 for one in given if one.kind == "thumb"}
    if thumbs.get(chosen.id, 0) < thumbs.get(rejected.id, 0):
        return
    for one in given:
        if {one.chosen, one.rejected} == {chosen.id, rejected.id} and (
            one.kind != "regenerated" or one.chosen == chosen.id
        ):
            return
    shelf.preferences.record("regenerated", thread[-2].id, chosen.id, rejected.id, None)


def write_instead(shelf: Shelf, answer: Message, text: str, told: str) -> Message | None:
    """Store the user's `text` beside `answer`, as the active one; it was preferred to `answer` where that was
    finished. None, and nothing is stored, where it says the same.

    `told` is what a cloud may hear of `answer`. Where that is not its text, this computer wrote the answer from
    what is private, and a cloud goes on hearing `told`. Else it hears `text` when the conversation goes on.
    Raises BadInput.
    """
    check_text(text, _ANSWER)
    if answer.role != "assistant" or answer.state == "writing" or answer.parent is None:
        raise BadInput("Only an answer that is no longer being written can be changed; choose one.")
    if not text.strip():
        raise BadInput("The answer is empty; write what it should say.")
    if len(text) > LONGEST_ANSWER:
        raise BadInput(
            "The {what} has {count} characters and {most} are allowed; shorten it.",
            what=_ANSWER,
            count=len(text),
            most=LONGEST_ANSWER,
        )
    if text.strip() == answer.text.strip():
        return None
    figures = AnswerFigures(written_by=BY_THE_USER)
    if told != answer.text:
        figures = AnswerFigures(written_by=BY_THE_USER, tier="D", sketch=told)
    conversations = shelf.conversations
    written = conversations.add_message(answer.conversation, answer.parent, "assistant", text, figures=figures)
    if _is_finished(answer):
        shelf.preferences.record("edited", answer.parent, written.id, answer.id, None)
    return written


def _is_finished(answer: Message) -> bool:
    """Neither stopped nor failed: its end may be what was wrong with it."""
    return answer.role == "assistant" and answer.state == "complete" and bool(answer.text.strip())
