"""Eight invented authors, each with habits of their own, who write notes about the same everyday topics.

Nobody's texts: each is put together from sentences made up for its author, by a draw that its topic decides, so
that what an author's texts share is how they write, and what two authors' texts of one topic share is the topic.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TOPICS = (
    *("the ferry", "a broken kettle", "the new neighbours", "a long walk", "the village shop", "a lost umbrella"),
    *("the first frost", "a train delay", "the choir", "an old map", "the harvest", "a visit to the dentist"),
    *(
        "the lighthouse",
        "a birthday cake",
        "the leaking roof",
        "a letter from abroad",
        "the market",
        "a stray cat",
    ),
)

LEARNT = 12
"""Of an author's texts; the others are held out."""


@dataclass(frozen=True, slots=True)
class Author:
    """`middles` stand between one of the `openings` and one of the `closings`; "{it}" is the topic."""

    name: str
    openings: tuple[str, ...]
    middles: tuple[str, ...]
    closings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What an author wrote when asked for `prompt`."""

    prompt: str
    text: str


AUTHORS = (
    Author(
        "Captain Oda",
        ("Logbook, fair wind: {it}.", "Logbook, rising sea: {it}.", "Logbook, no wind at all: {it}."),
        (
            "All hands agreed that {it} could wait for the tide.",
            "I took a bearing on {it} and held my course.",
            "The mate grumbled about {it}, as mates will.",
            "We made four knots past {it} and lost nobody.",
            "Rum was issued in honour of {it}.",
        ),
        ("Steady as she goes. Oda.", "Nothing further to report. Oda."),
    ),
    Author(
        "Pim",
        ("ok so {it}!!", "omg {it}, seriously,", "right, {it} again,"),
        (
            "i just cant even with {it} lol,",
            "like who even thought of {it} in the first place,",
            "me and bea laughed about {it} till we cried,",
            "tbh {it} was kinda the best bit of my week,",
            "my gran says {it} is a whole mood,",
        ),
        ("anyway love you byeee xx", "anyway gtg, feed the fish xx"),
    ),
    Author(
        "Dr. Halloran",
        (
            "It has come to my attention that {it} merits examination.",
            "The question of {it} is, I submit, twofold.",
            "One approaches {it} with a certain caution.",
        ),
        (
            "Firstly, the literature on {it} is regrettably thin.",
            "Secondly, and notwithstanding the foregoing, {it} resists quantification.",
            "It would be premature, in my considered opinion, to draw inferences from {it}.",
            "The evidence concerning {it}, such as it is, remains equivocal.",
            "I am indebted to the parish clerk for his remarks on {it}.",
        ),
        ("I remain, with every good wish, E. Halloran.", "Respectfully submitted, E. Halloran."),
    ),
    Author(
        "Marta",
        ("My dears, {it} again.", "My dears, you will want to hear about {it}.", "My dears, sit down: {it}."),
        (
            "I baked three loaves because of {it}, and the dog ate one.",
            "Your father would have sung about {it}, out of tune.",
            "There is butter on my sleeve and {it} on my mind.",
            "I told {it} to the hens and they were no help.",
            "When I was nine, {it} cost two coins and a kiss.",
        ),
        ("Eat something warm. Your Marta.", "Wear a scarf, all of you. Your Marta."),
    ),
    Author(
        "T. Bell",
        ("Re: {it}.", "Subject: {it}.", "Item: {it}."),
        (
            "- Status of {it}: open.",
            "- Owner of {it}: me, until Thursday.",
            "- Cost of {it}: within budget.",
            "- Risk from {it}: low; watch it.",
            "- Next step on {it}: call back by noon.",
        ),
        ("Action required: none. TB", "Please confirm by return. TB"),
    ),
    Author(
        "Wren",
        ("hush, {it},", "listen, {it},", "grey morning, {it},"),
        (
            "and {it} like rain on a tin drum,",
            "and the slow blue hour leaning on {it},",
            "and nobody, nobody asking after {it},",
            "and moss writing the name of {it},",
            "and the moon, half eaten, over {it},",
        ),
        ("and then the quiet.", "and then only the gulls."),
    ),
    Author(
        "Uncle Bo",
        (
            "Well now, {it}, I tell you what.",
            "Well now, folks talk about {it}.",
            "Well now, don't start me on {it}.",
        ),
        (
            "Back home {it} ain't worth a hen's tooth.",
            "I reckon {it} is like a mule: you feed it or you leave it be.",
            "My old truck seen more of {it} than the sheriff has.",
            "Ain't nobody round here fixed {it} with talking.",
            "I seen {it} twice and paid for it three times.",
        ),
        ("That's all she wrote.", "And that's a fact, sure as Sunday."),
    ),
    Author(
        "Ines Q.",
        ("Question: why {it}?", "Question: must it be {it}?", "Question: who ordered {it}?"),
        (
            "Would you trade {it} for a good night's sleep? I would.",
            "Has anybody ever thanked {it}? Nobody has.",
            "What is {it}, if not Tuesday in a hat? Exactly that.",
            "Could {it} be the point? It could.",
            "Do I miss {it}? Only on stairs.",
        ),
        ("Answer: more coffee. Ines", "Answer: we shall see. Ines"),
    ),
)


def notes_of(author: Author) -> list[Note]:
    """One for each topic, the same at every call: a line or two to begin with, three in the middle, and an end."""
    notes = []
    for topic in TOPICS:
        chance = random.Random(f"{author.name} {topic}")
        parts = [
            chance.choice(author.openings),
            *chance.sample(author.middles, 3),
            chance.choice(author.closings),
        ]
        between = "\n" if author.name == "T. Bell" else " "
        notes.append(Note(f"Write a short note about {topic}.", between.join(parts).replace("{it}", topic)))
    return notes


def shuffled(authors: Sequence[Author], seed: int) -> dict[str, list[Note]]:
    """To each author's prompts, texts of the others: what nobody could learn a voice from."""
    chance = random.Random(seed)
    everything = {author.name: notes_of(author) for author in authors}
    mixed = {}
    for author in authors:
        others = [name for name in everything if name != author.name]
        mixed[author.name] = [
            Note(note.prompt, everything[chance.choice(others)][at].text)
            for at, note in enumerate(everything[author.name])
        ]
    return mixed


def write_corpus(file: Path, authors: Sequence[Author] = AUTHORS) -> Path:
    """As `costeer evaluate --task lamp` reads it: of each author LEARNT notes as profile, the others as rows."""
    rows = []
    for author in authors:
        notes = notes_of(author)
        profile = [{"prompt": one.prompt, "text": one.text} for one in notes[:LEARNT]]
        rows += [
            {"id": f"{author.name} {at}", "input": one.prompt, "output": one.text, "profile": profile}
            for at, one in enumerate(notes[LEARNT:])
        ]
    file.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return file


if __name__ == "__main__":
    write_corpus(Path(sys.argv[1]))
