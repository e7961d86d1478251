"""What the user lets be sent is sent, in the open; what is for this computer is not. With the demo cloud."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.services.test_prompts import conversation, prepare

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.personalization.profile import Profile
from costeer.services.answers.prompts import LONGEST_ABOUT, about_user, fit_public_prompt, without_system
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions

PUBLIC, LOCAL, NEVER = "I restore harpsichords.", "My sister is called Zephyrine.", "I collect teapots."


@pytest.fixture
def scoped(app: Application) -> Iterator[Application]:
    app.profile.change(app.profile.add("fact", PUBLIC).id, scope="public")
    app.profile.add("fact", LOCAL)
    app.profile.change(app.profile.add("note", NEVER).id, scope="never")
    yield app
    for one in app.profile.entries():
        app.profile.remove(one.id)
    for memory in app.profile.memories():
        app.profile.remove_memory(memory.id)


def sent(app: Application, options: AskOptions) -> list[str]:
    """The bodies of all requests of one answer."""
    conversation = app.chat.create()
    *_, finished = app.chat.ask(conversation.id, "What should I do on Sunday?", options, CancelToken())
    assert isinstance(finished, AnswerFinished)
    entries = app.audit.entries(message_id=finished.answer.id, newest=1000)
    return [one.record.body for one in entries if one.record.kind == "request"]


@pytest.mark.parametrize("strength", [1.0, 0.0])
def test_a_public_fact_is_sent_and_a_local_one_is_not(scoped: Application, strength: float) -> None:
    bodies = sent(scoped, AskOptions(strength=strength, max_tokens=6))
    templated = json.loads(bodies[-1])  # the first request: the conversation, to be templated
    assert templated["messages"][0]["role"] == "system"
    assert templated["messages"][0]["content"] == f"About the user, in their own words:\n- {PUBLIC}"
    assert templated["messages"][1] == {"role": "user", "content": "What should I do on Sunday?"}
    assert not any(LOCAL in body or NEVER in body for body in bodies)


def test_a_profile_that_is_lent_replaces_all_of_it(scoped: Application) -> None:
    lent = Profile((("fact", "I have a boat."),))
    bodies = sent(scoped, AskOptions(profile=lent, max_tokens=2))
    assert bodies
    assert not any(PUBLIC in body or "boat" in body for body in bodies)


def test_private_wins(scoped: Application) -> None:
    holds = scoped.profile.add("fact", "Ask me or my sister is called Zephyrine!")
    memory = scoped.profile.propose_memory("Plays the lute.")
    assert memory is not None
    assert scoped.profile.propose_memory(" plays the LUTE") is None
    scoped.profile.change(holds.id, scope="public")
    scoped.profile.change_memory(memory.id, scope="public")
    assert scoped.profile.sent() == Profile((("fact", PUBLIC),))
    assert set(scoped.profile.private_strings()) >= {LOCAL, NEVER, memory.text}
    assert PUBLIC not in scoped.profile.private_strings()
    assert memory.text not in scoped.profile.current().memories
    scoped.profile.change_memory(memory.id, state="refused")
    assert scoped.profile.propose_memory("Plays the lute.") is None
    scoped.profile.change_memory(memory.id, state="approved")
    assert scoped.profile.sent().memories == (memory.text,)
    assert scoped.profile.sent([PUBLIC]).entries == ()  # it stands in a private document, say


def test_what_is_sent_about_the_user_is_bounded_and_in_order() -> None:
    texts = [f"{number} " + "x" * 990 for number in range(6)]
    profile = Profile((*(("note", one) for one in texts), ("style", "short")), ("short too",))
    (message,) = about_user(profile)
    lines = message["content"].splitlines()
    assert len(message["content"]) <= LONGEST_ABOUT
    assert [one[:16] for one in lines[1:]] == [
        "- How I write: s",
        *(f"- {number} xxxxxxxxxxxx"[:16] for number in range(3)),
        "- short too",
    ]
    assert about_user(Profile()) == []


def test_the_system_message_stays_when_old_turns_are_left_out() -> None:
    about = {"role": "system", "content": "about"}
    prompt = fit_public_prompt([about, *conversation([2000] * 9)], 1000, prepare)
    assert prompt.messages[0] == about
    assert prompt.messages[1]["role"] == "user"
    assert prompt.left_out == 10 - len(prompt.messages)
    assert 0 < prompt.left_out < 9


def test_templates_without_a_system_message_get_it_in_the_first_question() -> None:
    question, answer, again = conversation([1, 2, 3])
    folded = without_system([{"role": "system", "content": "about"}, question, answer, again])
    assert folded == [{"role": "user", "content": "about\n\nx"}, answer, again]
    assert without_system([question]) == [question]
