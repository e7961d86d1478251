"""Whatever is in a file, an import ends with a report, and what was imported can be read and written again."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.material.mutations import damaged_bytes, damaged_value
from tests.services.transfer.exports import ChatGpt, open_webui

from costeer.services.transfer import TransferService, formats
from costeer.services.transfer.elements import Elements
from costeer.services.transfer.tree import BrokenTree
from costeer.storage.repositories import ConversationRepository


@pytest.fixture(scope="module")
def own() -> list[dict[str, Any]]:
    """What this application itself writes of two conversations."""
    trees = [formats.tree_of(ChatGpt(number).talk(2).value()) for number in range(2)]
    from costeer.services.transfer import own_json

    written = json.loads(b"".join(own_json.written(trees)))
    return list(written["conversations"])


def samples(own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [ChatGpt(1).talk(1).value(), open_webui(1), *own]


def read_one(sample: dict[str, Any], seed: int) -> str:
    """Read a damaged conversation; what became of it."""
    chance = random.Random(seed)
    value = damaged_value(sample, chance)
    data = json.dumps([value]).encode()
    data = damaged_bytes(data, chance) if chance.random() < 0.3 else data
    at = 0

    def read(size: int) -> bytes:
        nonlocal at
        part = data[at : at + min(size, chance.choice((1, 100, 10_000)))]
        at += len(part)
        return part

    outcome = "strange"
    try:
        for element in Elements(read):
            for one in formats.conversations_in(element.parse()):
                if formats.is_known(one):
                    tree = formats.tree_of(one)
                    outcome = "read"
                    for message in tree.messages:
                        message.text.encode("utf-8", "surrogatepass")  # as it is stored
    except BrokenTree:
        return "broken"
    return outcome


def test_damaged_conversations(own: list[dict[str, Any]]) -> None:
    outcomes = [read_one(sample, seed) for sample in samples(own) for seed in range(150)]
    assert {"read", "broken", "strange"} <= set(outcomes)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_damaged_conversations(own: list[dict[str, Any]]) -> None:
    for sample in samples(own):
        for seed in range(1000, 26_000):
            read_one(sample, seed)


@pytest.mark.thorough
def test_damaged_files_are_imported_as_far_as_they_go(
    tmp_path: Path, transfer: TransferService, conversations: ConversationRepository, own: list[dict[str, Any]]
) -> None:
    """Through the database, zips and names that lead elsewhere included; and exported again."""
    for seed in range(60):
        chance = random.Random(seed)
        data = json.dumps([damaged_value(one, chance) for one in samples(own)]).encode()
        file = tmp_path / f"{seed}.{chance.choice(('json', 'zip'))}"
        if file.suffix == ".zip":
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(
                    chance.choice(("conversations.json", "../../conversations.json", "/a.json")), data
                )
            file.write_bytes(damaged_bytes(file.read_bytes(), chance))
        else:
            file.write_bytes(damaged_bytes(data, chance))
        report = transfer.import_files([file])
        assert not report.stopped
        said = [one.sentence for one in report.failed] + [one.reason for one in report.broken]
        assert all(0 < len(str(one)) < 1000 for one in said)
    assert {one.name for one in tmp_path.parent.iterdir()} >= {tmp_path.name}
    assert not (tmp_path.parent / "conversations.json").exists()
    listed = conversations.list()
    assert listed
    for one in listed:
        conversations.thread(one.id)
