"""Settings survive a round trip, a newer version and a broken file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from costeer.foundation.errors import BadInput
from costeer.foundation.settings import (
    EndpointSettings,
    Settings,
    SteeringSettings,
    WindowSettings,
    load_settings,
    save_settings,
)


def test_a_missing_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.toml") == Settings()


def test_round_trip(tmp_path: Path) -> None:
    file = tmp_path / "config" / "settings.toml"
    settings = Settings(
        SteeringSettings(enabled=False, strength=0.476, decoder="token"),
        endpoint="mine",
        endpoints=(EndpointSettings("mine", "http://127.0.0.1:8080", "qwen"),),
    )
    save_settings(file, settings)
    assert load_settings(file) == settings
    assert [one.name for one in file.parent.iterdir()] == ["settings.toml"]


def test_a_fitted_point_can_be_kept_and_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    fitted = Settings(SteeringSettings(fitted_strength=0.6, fitted_mixture=0.2))
    save_settings(file, fitted)
    assert load_settings(file) == fitted
    save_settings(file, Settings())
    assert load_settings(file) == Settings()
    assert "fitted" not in file.read_text(encoding="utf-8")


def test_what_a_newer_version_wrote_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('theme = "dark"\n[steering]\nstrength = 2\nfuture = 7\n', encoding="utf-8")
    settings = load_settings(file)
    assert settings.steering.strength == 2.0
    save_settings(file, dataclasses.replace(settings, endpoint="x"))
    text = file.read_text(encoding="utf-8")
    assert 'theme = "dark"' in text
    assert "future = 7" in text


@pytest.mark.parametrize(
    "text",
    [
        "steering = ",
        "steering = 3",
        '[steering]\nstrength = "much"',
        "[steering]\nenabled = 1",
        "[steering]\nfitted_strength = 'a lot'",
        "endpoint = 5",
        "endpoints = [5]",
        "[[endpoints]]\nname = 'x'",
    ],
)
def test_a_wrong_file_gets_a_sentence_and_stays(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"settings\.toml"):
        load_settings(file)
    assert file.read_text(encoding="utf-8") == text


def test_what_the_window_keeps(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    window = WindowSettings(theme="dark", text_size=130, keep_in_tray=True, shortcuts={"chat.new": "Ctrl+J"})
    save_settings(file, Settings(window=window))
    assert load_settings(file).window == window
    file.write_text('[window]\nfuture = 1\n[window.shortcuts]\n"chat.new" = ""\n', encoding="utf-8")
    read = load_settings(file)
    assert read.window == WindowSettings(shortcuts={"chat.new": ""})
    save_settings(file, read)
    assert "future = 1" in file.read_text(encoding="utf-8")
    file.write_text('[window]\nshortcuts = ["Ctrl+J"]\n', encoding="utf-8")
    with pytest.raises(BadInput):
        load_settings(file)
