"""Fit to me on the embedded model: bounded, honest about who played the cloud, and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.services.fits import fit_result
from tests.services.letter import FACTS, LETTER

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled
from costeer.foundation.progress import Progress
from costeer.foundation.settings import SteeringSettings
from costeer.services.fitting import (
    CloudPart,
    FitPoint,
    FittingService,
    choose,
    forget,
    leave,
    remember,
)
from costeer.services.own_texts import own_messages
from costeer.services.profile import ProfileService
from costeer.steering.calibration import PerToken
from costeer.storage.database import Database
from costeer.storage.records import Role
from costeer.storage.repositories import ConversationRepository, LedgerRepository, ProfileRepository

MOST = 90
"""Positions: enough to go through every step, few enough for a busy machine."""


class Stored:
    """What is stored in a database of its own, and a fit over it with the application's running local model."""

    def __init__(self, app: Application, database: Database) -> None:
        self.models = app.models
        self.conversations = ConversationRepository(database)
        self.ledger = LedgerRepository(database)
        self.profile = ProfileService(ProfileRepository(database))

    def write(self, *texts: str) -> None:
        """As a conversation: a message of the user, an answer, a message, ..."""
        conversation, parent = self.conversations.create("Letters"), None
        for number, text in enumerate(texts):
            role: Role = "assistant" if number % 2 else "user"
            parent = self.conversations.add_message(conversation.id, parent, role, text).id

    def fitting(self, part: CloudPart | None) -> FittingService:
        return FittingService(self.conversations, self.profile, self.models, lambda: part)


@pytest.fixture
def stored(app: Application, tmp_path: Path) -> Iterator[Stored]:
    with Database.open(tmp_path / "costeer.sqlite3") as database:
        made = Stored(app, database)
        for fact in FACTS:
            made.profile.add("fact", fact)
        yield made


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    file = tmp_path / "letter.txt"
    file.write_text(LETTER, encoding="utf-8")
    return file


def local(model_file: Path) -> CloudPart:
    return CloudPart(model_file, threads=1, is_local=True)


@pytest.mark.thorough
def test_the_application_fits_and_sends_nothing(app: Application, letter: Path) -> None:
    entry = app.profile.add("fact", FACTS[0])
    ledger, seen = app.audit.entries(newest=10_000), list[Progress]()
    try:
        result = app.fitting.fit([letter], messages=False, most_positions=MOST, progress=seen.append)
    finally:
        app.profile.remove(entry.id)
    assert app.audit.entries(newest=10_000) == ledger
    assert MOST / 2 <= result.tokens <= MOST
    assert (result.texts, result.stand_in) == (1, False)
    assert "smollm2" in result.cloud.lower()
    assert 0.5 < result.bits_fitted < 12
    assert result.gain_low <= result.gain <= result.gain_high
    assert result.gain == pytest.approx(result.bits_default - result.bits_fitted)
    assert result.helped.value == pytest.approx(result.bits_cloud - result.bits_default)
    strengths = [one.strength for one in result.curve]
    assert strengths == sorted(strengths)
    by_strength = {one.strength: one.bits.value for one in result.curve}
    assert by_strength[0.0] == pytest.approx(result.bits_cloud)
    assert by_strength[result.default.strength] == pytest.approx(result.bits_default)
    reading = [one.done for one in seen if str(one.what) == "Reading your texts"]
    assert reading == list(range(result.chunks + 1))


@pytest.mark.slow
def test_a_cloud_of_its_own_says_what_the_same_model_says_here(
    stored: Stored, letter: Path, model_file: Path
) -> None:
    """The same file in a second process is the same cloud, but for the rounding of a faster copy."""
    apart = stored.fitting(CloudPart(model_file, threads=1, is_local=False))
    one = stored.fitting(local(model_file)).fit([letter], most_positions=MOST)
    other = apart.fit([letter], most_positions=MOST)
    assert one.bits_cloud == pytest.approx(other.bits_cloud, abs=0.02)
    assert one.bits_default == pytest.approx(other.bits_default, abs=0.02)
    assert (other.stand_in, other.tokens) == (False, one.tokens)


@pytest.mark.thorough
def test_own_messages_are_read_and_another_endpoint_is_stood_in_for(stored: Stored) -> None:
    half = LETTER.index("Nobody")
    stored.write(LETTER[:half], "An answer that nobody who is fitted has written. " * 30, LETTER[half:], "Well.")
    assert own_messages(stored.conversations) == [LETTER[:half], LETTER[half:]]
    result = stored.fitting(None).fit(most_positions=MOST)
    assert result.texts == 2
    assert result.stand_in
    assert "would have to be sent" in str(result.stand_in_reason)


@pytest.mark.thorough
def test_a_cloud_with_another_tokenizer_is_stood_in_for(
    stored: Stored, letter: Path, model_file: Path, tmp_path: Path
) -> None:
    result = stored.fitting(CloudPart(with_swapped_words(model_file, tmp_path), 1, False)).fit(
        [letter], most_positions=MOST
    )
    assert result.stand_in
    assert "tokenizer" in str(result.stand_in_reason)


def with_swapped_words(model_file: Path, folder: Path) -> Path:
    """The embedded model, but the tokens " the" and " and" have changed places."""
    data = bytearray(model_file.read_bytes())
    length = len("Ġthe".encode()).to_bytes(8, "little")
    first, second = length + "Ġthe".encode(), length + "Ġand".encode()
    here, there = data.index(first), data.index(second)
    data[here : here + len(first)], data[there : there + len(first)] = second, first
    file = folder / "swapped.gguf"
    file.write_bytes(data)
    return file


def test_it_can_be_stopped(stored: Stored, letter: Path, model_file: Path) -> None:
    cancel = CancelToken()

    def stop_at_the_second(progress: Progress) -> None:
        if str(progress.what) == "Reading your texts" and progress.done == 1:
            cancel.cancel()

    with pytest.raises(Cancelled):
        stored.fitting(local(model_file)).fit([letter], progress=stop_at_the_second, cancel=cancel)


def test_what_is_missing_is_said(stored: Stored, letter: Path, model_file: Path, tmp_path: Path) -> None:
    fitting = stored.fitting(local(model_file))
    with pytest.raises(BadInput, match="not written anything"):
        fitting.fit()
    stored.write("Only a short question about boats?")
    with pytest.raises(BadInput, match="too little of your own writing"):
        fitting.fit()
    for entry in stored.profile.entries():
        stored.profile.remove(entry.id)
    same = tmp_path / "same.txt"
    same.write_text("Row, row, row the boat. " * 60, encoding="utf-8")
    with pytest.raises(BadInput, match="profile is empty"):
        fitting.fit([same])


def test_the_mark_can_be_chosen_left_and_forgotten() -> None:
    usual = SteeringSettings(mixture=0.1)
    marked = remember(usual, FitPoint(0.6, 0.3))
    assert (marked.strength, marked.mixture) == (usual.strength, 0.1)
    chosen = choose(marked)
    assert (chosen.strength, chosen.mixture) == (0.6, 0.3)
    assert leave(chosen).mixture == SteeringSettings().mixture
    assert leave(marked) == marked
    assert forget(chosen).fitted_strength is None
    assert forget(marked) == usual
    assert choose(usual) == usual


def test_whether_steering_helps_is_said_in_a_sentence() -> None:
    assert str(fit_result().answer).startswith("Yes: ")
    assert "0.50 of 5.00 bits" in str(fit_result().answer)
    assert str(fit_result(helped=PerToken(-0.5, -0.7, -0.3)).answer).startswith("No: ")
    assert "by 0.50 bits a token (0.30 to 0.70)" in str(fit_result(helped=PerToken(-0.5, -0.7, -0.3)).answer)
    assert "-0.10 to 0.30" in str(fit_result(helped=PerToken(0.1, -0.1, 0.3)).answer)


def test_the_verdict_says_what_came_out() -> None:
    assert "fits your writing better" in str(fit_result().verdict)
    assert "fewer facts" in str(fit_result().verdict)
    assert "fewer facts" not in str(fit_result(fitted=FitPoint(1.25, 0.2)).verdict)
    assert "clearly better" in str(fit_result(better=False, gain_low=-0.05).verdict)
    assert "cloud does alone" in str(fit_result(better=False, bits_cloud=4.0).verdict)
