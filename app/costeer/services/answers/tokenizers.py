"""How the tokens of an answer are named when the cloud's tokenizer is, or is not, the local model's.

With one tokenizer, ids are ids. With two, the cloud's alternatives count as the byte strings that they spell
(`steering.pieces`), and what only the local model proposed is sent as text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from costeer.foundation.errors import VocabularyMismatch
from costeer.local.process import LocalModelInfo, LocalSession, ModelProcess
from costeer.services.answers.journal import AnswerJournal
from costeer.services.answers.prompts import PublicPrompt
from costeer.services.endpoints import Connection
from costeer.steering.pieces.prefix import PrefixTokenizer
from costeer.steering.pieces.scorer import PieceScorer
from costeer.steering.pieces.shared import shared_strings
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import LOCAL_FROM, PieceVocabulary
from costeer.steering.policy import Policy
from costeer.steering.types import LocalScorer
from costeer.steering.vocabulary import Vocabulary, check_same_vocabulary

_LEAST_PLAUSIBLE = 0.01
"""Of the likeliest: a string of little mass may only stand for others, so its difference means little."""


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """`begin` is what the local prompts must begin with, `answer` the ids to continue from and `written` what they
    spell; `pieces` is set where the tokenizers differ, and `policy` adjusts what the user chose to that.
    `scorer(session, room)` asks the session, behind whose prompts `room` local tokens fit."""

    vocabulary: Vocabulary
    begin: tuple[int, ...]
    answer: tuple[int, ...]
    written: bytes
    pieces: PieceVocabulary | None
    policy: Callable[[Policy], Policy]
    scorer: Callable[[LocalSession, int], LocalScorer]


def local_vocabulary(model: ModelProcess) -> Vocabulary:
    info = model.describe()
    return Vocabulary(info.token_bytes, info.end_tokens)


def name_tokens(
    model: ModelProcess, connection: Connection, prompt: PublicPrompt, journal: AnswerJournal, message_id: str
) -> Naming:
    """Compare how both sides tokenise the public prompt. Raises EndpointError, LocalModelLost."""
    if prompt.tokens and not named_by_pieces(journal.tokens):
        local = model.tokenize(prompt.text)
        try:
            begin = check_same_vocabulary(
                local, prompt.tokens, model.describe().name, connection.client.endpoint_name
            )
        except VocabularyMismatch:
            pass
        else:
            return _by_ids(model, begin, journal)
    return _by_pieces(model, connection, prompt, journal, message_id)


def named_by_pieces(tokens: Sequence[int]) -> bool:
    """Whether a stored answer holds ids that are not the cloud's."""
    return max(tokens, default=0) >= LOCAL_FROM


def without_local_model(journal: AnswerJournal, *, ids_told: bool) -> PieceVocabulary | None:
    """For an answer that goes on unsteered: None where it consists of the cloud's own ids, which it tells."""
    if ids_told and not named_by_pieces(journal.tokens):
        return None
    return PieceVocabulary(LocalStrings((), ()), (), journal.said.encode())


def _by_ids(model: ModelProcess, begin: Sequence[int], journal: AnswerJournal) -> Naming:
    vocabulary = local_vocabulary(model)
    return Naming(
        vocabulary,
        tuple(begin),
        journal.tokens,
        vocabulary.join(journal.tokens),
        None,
        lambda policy: policy,
        lambda session, _room: session,
    )


def _by_pieces(
    model: ModelProcess, connection: Connection, prompt: PublicPrompt, journal: AnswerJournal, message_id: str
) -> Naming:
    info = model.describe()
    strings = _strings_of(info)
    written = journal.said.encode()
    vocabulary = PieceVocabulary(strings, info.token_bytes, written)
    told = connection.client.tokenize_with_bytes(prompt.text, message_id) if prompt.text else []
    # Both sides have cut the text of the cloud's template, markers included.
    cut = model.tokenize(prompt.text) if told else []
    shared = shared_strings(strings, [info.token_bytes[one] for one in cut], [piece for _, piece in told])
    prefix = PrefixTokenizer(strings, info.token_bytes, lambda text: model.tokenize(text, parse_special=False))
    return Naming(
        vocabulary,
        (),
        tuple(vocabulary.continued(len(journal.tokens))),
        written,
        vocabulary,
        lambda policy: dataclasses.replace(policy, plausibility=max(policy.plausibility, _LEAST_PLAUSIBLE)),
        lambda session, room: PieceScorer(session, strings, prefix, vocabulary, shared, room=room),
    )


@lru_cache(maxsize=1)
def _strings_of(info: LocalModelInfo) -> LocalStrings:
    """A tenth of a second for a large vocabulary."""
    return LocalStrings(info.token_bytes, info.end_tokens, info.control_tokens)
