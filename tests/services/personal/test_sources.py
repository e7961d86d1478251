"""Where the user's writing is found, and what is left out of it."""

from __future__ import annotations

import json
import mailbox
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.material.authors import AUTHORS, TOPICS, notes_of, shuffled

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.services.personal.sources import (
    from_chats,
    from_documents,
    from_edits,
    from_lamp,
    from_mailbox,
    from_messages,
)
from costeer.services.personal.training import split
from costeer.services.personal.writings import LONGEST_CHARACTERS, usable, with_prompts
from costeer.storage.nearest import Nearest
from costeer.storage.records import Message, Writing


def message(role: str, text: str, state: str = "complete") -> Message:
    return Message("m", "c", None, role, text, state, datetime.now(UTC))  # type: ignore[arg-type]


def test_of_chats_only_what_the_user_wrote() -> None:
    found = from_messages(
        [[message("user", "Tell me of the gannets, please."), message("assistant", "They dive.")]]
    )
    assert [one.text for one in found] == ["Tell me of the gannets, please."]
    assert found[0].prompt == "", "who asks does not answer"


def test_an_edited_answer_has_its_question() -> None:
    (found,) = from_edits(
        [([message("user", "Greet my aunt.")], message("assistant", "Ahoy, dear aunt of mine!"))]
    )
    assert (found.source, found.prompt, found.text) == ("edit", "Greet my aunt.", "Ahoy, dear aunt of mine!")


def test_documents_are_cut_where_they_breathe(tmp_path: Path) -> None:
    file = tmp_path / "diary.md"
    long = "word " * 45
    file.write_text(f"One line.\n\n{long}\n\nA last line.", encoding="utf-8")
    first, last = from_documents([file])
    assert first.text == f"One line.\n\n{long.strip()}"
    assert last.text == "A last line."
    assert first.name == "diary.md"
    with pytest.raises(BadInput, match=r"none\.txt"):
        from_documents([tmp_path / "none.txt"])


def mail(sender: str, subject: str, body: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "you@example.org", subject
    made.set_content(body)
    return made


def test_of_a_mailbox_what_was_sent_and_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "sent.mbox"
    box = mailbox.mbox(file)
    body = "Ahoy,\nthe ferry is late.\n\nOn Monday Tom wrote:\n> where is it?\n\nYours, Oda\n-- \nOda, Harbour 1"
    box.add(mail("Oda <Oda@Example.org>", "The  ferry", body))
    box.add(mail("tom@example.org", "Re: The ferry", "Thank you for that."))
    box.add(mail("oda@example.org", "", "What begins here has no subject."))
    box.add(
        "From: oda@example.org\nContent-Type: text/plain; charset=no-such-thing\n\nLost in the sea of bytes.\n"
    )
    box.close()
    found = from_mailbox(file, "oda@example.org")
    assert [one.prompt for one in found][:2] == [
        "Write an e-mail: The ferry",
        "",
    ]
    assert found[0].text == "Ahoy,\nthe ferry is late.\n\n\nYours, Oda"
    for wrong, address in ((tmp_path / "none.mbox", "oda@example.org"), (file, "Oda")):
        with pytest.raises(BadInput):
            from_mailbox(wrong, address)


def test_of_an_export_what_the_user_asked(tmp_path: Path) -> None:
    file = tmp_path / "chats.json"
    node = {"id": "a", "parentId": None, "role": "user", "content": "Why do gannets dive?", "timestamp": 1}
    history = {"messages": {"a": node}, "currentId": "a"}
    file.write_text(json.dumps([{"id": "x", "title": "t", "chat": {"history": history}}]), encoding="utf-8")
    assert [one.text for one in from_chats(file, CancelToken())] == ["Why do gannets dive?"]
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(BadInput, match="no conversations"):
        from_chats(file, CancelToken())


def test_what_says_nothing_is_left_out_and_each_text_stands_once() -> None:
    texts = ["too short", "this one is long enough", "This one is  long enough", "x " * LONGEST_CHARACTERS]
    found = usable([Writing("message", "p", one) for one in texts])
    assert [one.text[:10] for one in found] == ["this one i", "x x x x x "]
    assert len(found[1].text) <= LONGEST_CHARACTERS


LAMP = {
    1: {"title": "On gulls", "abstract": "We count gulls."},
    2: {"description": "A gull learns to act.", "tag": "comedy"},
    3: {"text": "A fine kettle.", "score": "5"},
    4: {"text": "The ferry sank.", "title": "Ferry sinks"},
    5: {"abstract": "We count gulls.", "title": "On gulls"},
    7: {"text": "gulls are the cats of the sea"},
}
BEGINS = {
    1: "For an author who has written the paper with the title",
    2: "Which tag does this movie relate to",
    3: "What is the score of the following review",
    4: "Generate a headline for the following article",
    5: "Generate a title for the following abstract of a paper",
    7: "Paraphrase the following tweet",
}


@pytest.mark.parametrize("number", list(LAMP))
def test_each_format_of_lamp_is_read(number: int, tmp_path: Path) -> None:
    from costeer.services.personal.lamp import read_lamp

    file = tmp_path / "dev_questions.json"
    rows = [
        {
            "id": "10",
            "input": f"{BEGINS[number]} something",
            "profile": [{"id": "1", **LAMP[number]}, {"id": "2"}],
        },
        {"id": "11", "input": 7, "profile": []},
    ]
    file.write_text(json.dumps(rows), encoding="utf-8")
    read = read_lamp(file)
    assert (read.task.number, len(read.rows), read.skipped) == (number, 1, 1)
    assert read.rows[0].output is None
    (pair,) = read.rows[0].profile
    assert pair.text == list(LAMP[number].values())[-1 if number not in (1, 7) else 0]
    golds = {"task": f"LaMP_{number}", "golds": [{"id": "10", "output": "so"}]}
    (tmp_path / "dev_outputs.json").write_text(json.dumps(golds), encoding="utf-8")
    assert read_lamp(file).rows[0].output == "so", "they lie beside it"
    assert [one.source for one in from_lamp(file)] == ["lamp"]


def test_what_is_not_of_lamp_is_refused(tmp_path: Path) -> None:
    from costeer.services.personal.lamp import read_lamp

    file = tmp_path / "x.json"
    for text in ("{", "{}", '[{"id": 1, "input": "Hello", "profile": []}]', "[" * 100_000):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(BadInput):
            read_lamp(file)


def test_the_nearest_are_found_by_their_words() -> None:
    near = Nearest(["the ferry is late", "a kettle broke", "late, the ferry, always late", "灯塔很高"])
    assert near.to("why is the ferry late?", 2) == [2, 0] or near.to("why is the ferry late?", 2) == [0, 2]
    assert near.to("why is the ferry late?", 2, [0]) == [2]
    assert near.to("那座灯塔", 3) == [3]
    assert near.to("?!", 3) == []
    near.close()


def test_a_text_stays_on_its_side() -> None:
    own = [Writing("message", one.prompt, one.text) for one in notes_of(AUTHORS[0])]
    made = [Writing("synthetic", "p", f"something that a model wrote, number {number}") for number in range(5)]
    training, held_out = split([*own, *made])
    assert len(held_out) == 4
    assert not {one.id for one in training} & {one.id for one in held_out}
    assert all(one.source != "synthetic" for one in held_out)
    with pytest.raises(BadInput, match="7 texts of yours"):
        split([*own[:7], *made])


def test_the_authors_are_distinct() -> None:
    texts = {author.name: [one.text for one in notes_of(author)] for author in AUTHORS}
    assert len(texts) == 8
    assert all(len(set(some)) == len(TOPICS) == 18 for some in texts.values())
    assert {author.name: notes_of(author) for author in AUTHORS} == {
        author.name: notes_of(author) for author in AUTHORS
    }
    mixed = shuffled(AUTHORS, 1)
    assert not set(texts["Pim"]) & {one.text for one in mixed["Pim"]}


def test_what_a_text_is_about_is_its_prompt_where_there_is_none() -> None:
    texts = [
        "Logbook: the ferry. All hands waved at the ferry from the pier.",
        "Logbook: a kettle. All hands wept over the kettle.",
        "...",
        "Logbook: the choir. All hands sang with the choir, out of tune.",
    ]
    asked = Writing("lamp", "Asked.", "Answered.")
    found = with_prompts([*(Writing("document", "", one) for one in texts), asked])
    assert [one.text for one in found] == [*texts, "Answered."]
    assert found[0].prompt == "Write, as I would, about ferry, waved, pier."
    assert "kettle" in found[1].prompt
    assert "logbook" not in found[3].prompt, "what all of them have is manner, not subject"
    assert found[2].prompt == "Write, as I would, what begins with: ..."
    assert found[4] == asked


def test_what_is_known_is_not_gathered_again() -> None:
    there = Writing("document", "Write, as I would, about gannets.", "The gannets dive all day long.")
    again = Writing("document", "", "The gannets dive all day long.")
    asked = Writing("edit", "Tell me of gannets.", "The gannets dive all day long.")
    assert usable([again], [there]) == []
    assert usable([asked], [there]) == [asked], "another question is another pair"
