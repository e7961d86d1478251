"""The steering bar at what it steers, and the marks on the words."""

from __future__ import annotations

from collections.abc import Callable

from costeer.gui.commands import Commands
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.view_models.traces import TraceViewModel
from costeer.gui.widgets.steering_bar import SteeringBar
from costeer.gui.widgets.transcript import Transcript
from costeer.gui.wording import tr


def join_steering(
    steering: SteeringViewModel,
    traces: TraceViewModel,
    chat: ChatViewModel,
    bar: SteeringBar,
    transcript: Transcript,
    open_fit: Callable[[], None],
) -> None:
    options = bar.options

    def show() -> None:
        bar.put(steering.chosen, steering.gains, is_own=steering.is_own, offline=steering.offline)
        transcript.empty.put(offline=steering.offline)

    def adopt() -> None:
        if chat.conversation_id is not None:
            steering.adopt(chat.conversation_id)

    show()
    bar.enabled_chosen.connect(steering.set_enabled)
    bar.strength_chosen.connect(steering.set_strength)
    bar.mark_chosen.connect(steering.set_strength)
    bar.shown_chosen.connect(traces.show)
    options.temperature_chosen.connect(steering.set_temperature)
    options.cloud_draws_chosen.connect(steering.set_cloud_draws)
    options.asking_ahead_chosen.connect(steering.set_asking_ahead)
    options.here_chosen.connect(steering.set_offline)
    options.gain_chosen.connect(steering.set_gain)
    options.budget_chosen.connect(steering.set_budget)
    options.usual_wanted.connect(steering.make_usual)
    options.own_forgotten.connect(steering.forget_own)
    options.fit_wanted.connect(open_fit)
    options.forget_wanted.connect(steering.forget_fitted)
    steering.changed.connect(show)
    chat.thread_shown.connect(lambda: steering.follow(chat.conversation_id))
    chat.conversation_touched.connect(adopt)
    traces.shown_changed.connect(lambda _: transcript.refresh_traces())
    traces.traces_changed.connect(transcript.refresh_traces)


def add_steering_commands(commands: Commands, bar: SteeringBar, open_fit: Callable[[], None]) -> None:
    switch = bar.switch.toggle
    commands.add("steering.switch", tr("Steering on or off"), "steering", switch, "Ctrl+Shift+S")
    show = bar.show_steering.toggle
    commands.add("steering.show", tr("Show which words steering changed"), "steering", show, "Ctrl+H")
    commands.add("steering.more", tr("More about how answers are written"), "steering", bar.more.toggle)
    here = bar.options.here.toggle
    commands.add("steering.here", tr("Answer on this computer only"), "steering", here, "Ctrl+Shift+L")
    commands.add("steering.fit", tr("Fit the strength to my own writing…"), "steering", open_fit)
