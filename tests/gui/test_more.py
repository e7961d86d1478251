"""What folds out below the slider: it is stored, it explains itself, and the fit is a real one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import SteeringSettings, WindowSettings, load_settings
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look
from costeer.gui.widgets.steering_bar import StrengthSlider
from costeer.services.fitting import FitPoint
from costeer.steering.policy import PERSONAL
from costeer.steering.strength import LIGHT_GAIN
from tests.gui.conftest import PATIENCE_MS
from tests.services.fits import fit_result
from tests.services.letter import FACTS, LETTER


def stored(app: Application) -> SteeringSettings:
    return load_settings(app.paths.settings_file).steering


def test_more_is_reached_by_keyboard_and_kept(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    bar = window.steering_bar
    options = bar.options
    assert not options.isVisible()
    for _ in range(30):
        focused = QApplication.focusWidget() or window
        if focused is bar.more:
            break
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    QTest.keyClick(bar.more, Qt.Key.Key_Space)
    assert options.isVisible()
    QTest.keyClick(bar.more, Qt.Key.Key_Tab)
    assert options.temperature.hasFocus()
    assert not options.cloud_draws.isEnabled(), "at temperature 0 nobody draws"
    for _ in range(7):
        QTest.keyClick(options.temperature, Qt.Key.Key_Up)
    options.cloud_draws.click()
    options.asking_ahead.click()
    wanted = window.steering.options()
    assert wanted.temperature == pytest.approx(0.7)
    assert (wanted.sampling, wanted.prefetch) == ("fast", 1.0)
    wanted.check()
    window.steering.flush()
    qtbot.waitUntil(lambda: stored(app).prefetch == 1.0, timeout=PATIENCE_MS)
    assert stored(app).temperature == pytest.approx(0.7)
    assert stored(app).sampling == "fast"
    options.temperature.setValue(0.0)
    options.asking_ahead.click()
    options.cloud_draws.setChecked(False)
    window.steering.flush()
    qtbot.waitUntil(lambda: stored(app).sampling == "quiet", timeout=PATIENCE_MS)
    assert (stored(app).temperature, stored(app).prefetch) == (0.0, 0.0)


def test_the_personal_model_counts_where_it_is_given_a_weight(window: MainWindow) -> None:
    box = window.steering_bar.options.gains[PERSONAL]
    assert box.value() == 0.0
    assert window.steering.options().personal == 0.0
    box.setValue(1.25)
    assert window.steering.options().personal == 1.25
    assert window.steering.is_own
    assert window.steering.options().gains == {}, "it is no factor on the strength"
    window.steering.forget_own()
    assert box.value() == 0.0


def test_everything_folded_out_explains_itself_in_a_sentence(window: MainWindow) -> None:
    options = window.steering_bar.options
    for one in (options.temperature, options.cloud_draws, options.asking_ahead, options.fit, options.forget):
        assert one.accessibleDescription() == one.toolTip()
        assert one.toolTip().endswith(".")


def test_it_fits_a_narrow_window(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(460, 500)
    window.steering.set_fitted(FitPoint(0.6, 0.3))
    window.steering_bar.more.click()
    options = window.steering_bar.options
    inside = (options.cloud_draws, options.forget, options.budgets["conversation"], window.composer.button)

    def all_inside() -> bool:
        corners = [one.mapTo(window, one.rect().bottomRight()) for one in inside]
        return window.width() == 460 and all(one.x() < 460 and one.y() < 500 for one in corners)

    qtbot.waitUntil(all_inside)
    window.steering.forget_fitted()


@pytest.mark.parametrize(("text_size", "narrowest"), [(100, 480), (150, 560)])
def test_no_name_is_cut_off_in_a_narrow_window(
    window: MainWindow, look: Look, qtbot: QtBot, text_size: int, narrowest: int
) -> None:
    """With all of it shown: the conversation has a strength of its own, and a fit was found."""
    options, steering = window.steering_bar.options, window.steering
    before = look.text_size
    look.take(WindowSettings(text_size=text_size))
    steering.set_fitted(FitPoint(0.6, 0.3))
    steering.set_gain("context", 0.5)
    window.steering_bar.more.click()

    def whole() -> bool:
        parts = [one for one in options.findChildren(QWidget) if one.parentWidget() is options and one.isVisible()]
        right, bottom = options.width(), options.height()
        return len(parts) == 19 and all(
            one.width() >= one.sizeHint().width()
            and one.height() >= one.minimumSizeHint().height()
            and one.geometry().right() < right
            and one.geometry().bottom() < bottom
            for one in parts
        )

    try:
        for width in (1200, 1000, 620, narrowest):
            window.resize(width, 860)
            qtbot.waitUntil(lambda: window.width() == width and whole())  # noqa: B023 - at once
    finally:
        steering.forget_fitted()
        look.take(WindowSettings(text_size=before))


def test_the_third_mark_is_chosen_left_and_forgotten(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    bar, steering = window.steering_bar, window.steering
    usual = steering.options().mixture
    assert len(bar.strength.marks) == 2
    steering.set_fitted(FitPoint(0.8, 0.3))
    assert steering.options().mixture == usual
    you, gain = bar.strength.marks[2]
    assert (you.text(), gain, you.isVisible()) == ("You", 0.8, True)
    bar.strength.marks[1][0].setFocus()
    QTest.keyClick(bar.strength.marks[1][0], Qt.Key.Key_Tab)
    assert you.hasFocus()
    QTest.keyClick(you, Qt.Key.Key_Space)
    assert (steering.options().strength, steering.options().mixture) == (0.8, 0.3)
    assert bar.value.text() == "0.80"
    bar.strength.marks[0][0].click()
    assert (steering.options().strength, steering.options().mixture) == (LIGHT_GAIN, usual)
    you.click()
    assert steering.options().mixture == 0.3
    QTest.keyClick(bar.strength.slider, Qt.Key.Key_Right)
    assert steering.options().mixture == usual, "a mixture that fits one strength is not taken along"
    you.click()
    steering.flush()
    qtbot.waitUntil(lambda: stored(app).fitted_strength == 0.8, timeout=PATIENCE_MS)
    bar.options.forget.click()
    assert len(bar.strength.marks) == 2
    assert (steering.options().strength, steering.options().mixture) == (0.8, usual)
    steering.flush()
    qtbot.waitUntil(lambda: stored(app).fitted_strength is None, timeout=PATIENCE_MS)
    assert bar.options.forget.isHidden()


@pytest.mark.parametrize("width", [130, 180, 400])
def test_marks_do_not_lie_over_each_other(look: Look, qtbot: QtBot, width: int) -> None:
    slider = StrengthSlider()
    qtbot.addWidget(slider)
    slider.resize(width, slider.height())
    slider.show()
    for strength in (0.0, 0.15, 0.45, 0.6, 0.8, 1.25, 1.8, 2.5):
        slider.put_own_mark(strength)
        boxes = [button.geometry() for button, _ in slider.marks]
        crossing = [one for at, one in enumerate(boxes) if any(one.intersects(two) for two in boxes[:at])]
        assert crossing == [], strength
        assert all(one.left() >= 0 and one.right() < width for one in boxes)


@pytest.mark.thorough
def test_a_fit_in_the_window(window: MainWindow, app: Application, tmp_path: Path, qtbot: QtBot) -> None:
    for text in FACTS:
        app.profile.add("fact", text)
    letter = tmp_path / "letter.txt"
    letter.write_text(LETTER, encoding="utf-8")
    before = app.audit.entries(newest=10_000)
    window.steering_bar.options.fit.click()
    dialog, fitting = window.fit_dialog, window.fitting
    assert dialog.isVisible()
    dialog.messages.click()
    assert not dialog.start.isEnabled(), "there is nothing to read"
    dialog.files_chosen.emit([str(letter)])
    assert dialog.files.text() == "letter.txt"
    dialog.start.click()
    assert dialog.stop.isVisible()
    qtbot.waitUntil(lambda: dialog.bar.maximum() > 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not fitting.running, timeout=PATIENCE_MS)
    result = fitting.result
    assert result is not None
    assert str(result.answer) in dialog.outcome.text()
    assert str(result.verdict) in dialog.outcome.text()
    assert dialog.chart.isVisible()
    assert dialog.use.isVisible() == result.better
    assert "strength" in dialog.chart.accessibleName()
    assert "nothing was sent" in dialog.outcome.text()
    assert app.audit.entries(newest=10_000) == before
    mark = window.steering.chosen.fitted_strength
    assert mark == (result.fitted.strength if result.better else None)
    assert len(window.steering_bar.strength.marks) == (3 if result.better else 2)
    dialog.start.click()
    dialog.close()
    qtbot.waitUntil(lambda: not fitting.running, timeout=PATIENCE_MS)
    assert fitting.result is None
    window.steering.forget_fitted()


def test_the_strength_that_fits_is_offered(window: MainWindow) -> None:
    window.open_fit()
    dialog, fitting = window.fit_dialog, window.fitting
    before, found = window.steering.chosen.strength, fit_result()
    fitting.result = found
    window.steering.set_fitted(found.fitted)
    dialog.refresh()
    assert dialog.use.isVisible()
    low, high = dialog.chart.place(0.6, 4.4), dialog.chart.place(0.0, 5.0)
    assert low.x() > high.x()
    assert low.y() > high.y(), "less is below"
    assert "4.40" in dialog.chart.accessibleName()
    dialog.use.click()
    chosen = window.steering.chosen
    assert (chosen.strength, chosen.mixture) == (found.fitted.strength, found.fitted.mixture)
    assert not dialog.use.isEnabled(), "it is in use"
    fitting.result = fit_result(better=False)
    dialog.refresh()
    assert not dialog.use.isVisible()
    dialog.close()
    window.steering.set_strength(before)
    window.steering.forget_fitted()


def test_what_cannot_be_read_is_said_in_the_dialog(
    window: MainWindow, app: Application, tmp_path: Path, qtbot: QtBot
) -> None:
    window.open_fit()
    window.fitting.add_files([tmp_path / "gone.txt"])
    with qtbot.waitSignal(window.fitting.failed, timeout=PATIENCE_MS):
        window.fit_dialog.start.click()
    assert "gone.txt" in window.fit_dialog.notices.text.text()
    assert window.notices.isHidden()
    qtbot.waitUntil(window.fit_dialog.start.isVisible, timeout=PATIENCE_MS)
    window.fit_dialog.clear.click()
    assert window.fitting.files == ()
