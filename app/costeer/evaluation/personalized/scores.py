"""What an answer is worth beside the text that the user wrote."""

from __future__ import annotations

from costeer.evaluation.cogenesis import Case
from costeer.evaluation.harness.text_scores import meteor, rouge
from costeer.evaluation.personalized.opened import Written
from costeer.evaluation.preference.measures import repeated, words_of
from costeer.personalization.private_words import words


def telling(case: Case) -> set[str]:
    """The words of the profile that the user's own text has, and the question does not: what an answer could only
    know from the profile."""
    private = words("\n".join(text for _, text in case.profile.entries))
    return (private & words(case.reference)) - words(case.prompt)


def score(answer: Written, case: Case) -> dict[str, float]:
    """By metric. Raises KnownError without the extra `evaluation`."""
    said = words_of(answer.text)
    found = {
        **rouge(answer.text, case.reference),
        "meteor": meteor(answer.text, case.reference),
        "words": float(len(said)),
        "repeated": repeated(said),
        "round_trips": (1.0 + answer.changed) / max(1, answer.tokens),
        "leak_bits": answer.leak_bits,
    }
    if wanted := telling(case):
        found["recall"] = len(wanted & words(answer.text)) / len(wanted)
    return found
