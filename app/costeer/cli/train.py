"""`costeer train`: adapters for the local model."""

from __future__ import annotations

import argparse
import dataclasses
import math

from costeer.cli import personal
from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json, shown_progress
from costeer.cli.versions import add_versions
from costeer.learning.extra import check_installed
from costeer.learning.messages import DpoSettings, LoraSettings
from costeer.services.training.reward import RewardFigures, TrainedReward
from costeer.services.training.service import RewardPlan

_USUAL = DpoSettings()


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("train", help="train adapters for the local model (needs the extra `training`)")
    actions = parser.add_subparsers(metavar="WHAT", required=True)
    reward = actions.add_parser(
        "reward", help="a reward for preferences, from answers that the cloud writes under opposite principles"
    )
    reward.add_argument("--questions", type=int, default=30, metavar="N", help="for each of the axes (30)")
    reward.add_argument(
        "--answer-tokens", type=int, default=110, metavar="N", help="of each answer, at most (110)"
    )
    reward.add_argument("--at-once", type=int, default=8, metavar="N", help="answers written at a time (8)")
    reward.add_argument("--epochs", type=int, default=_USUAL.epochs, metavar="N", help=f"({_USUAL.epochs})")
    reward.add_argument("--rank", type=int, default=_USUAL.lora.rank, metavar="R", help=f"({_USUAL.lora.rank})")
    reward.add_argument(
        "--learning-rate", type=float, default=_USUAL.learning_rate, metavar="X", help=f"({_USUAL.learning_rate})"
    )
    reward.add_argument("--beta", type=float, default=_USUAL.beta, metavar="X", help=f"({_USUAL.beta})")
    reward.add_argument("--only-write", action="store_true", help="have the answers written, and do not train yet")
    reward.add_argument("--local-model", metavar="ID|FILE")
    reward.add_argument("--demo-model", metavar="ID|FILE")
    add_json(reward)
    reward.set_defaults(command=_reward)
    personal.add_training(actions)
    taste = actions.add_parser("taste", help="how much each preference weighs for you, from the answers you chose")
    taste.add_argument("--use", action="store_true", help="give the preferences these weights")
    add_json(taste)
    taste.set_defaults(command=_taste)
    add_versions(actions)


def _reward(given: argparse.Namespace) -> int:
    plan = _plan(given)
    if not given.only_write:
        check_installed()
    with open_here() as app, stopping_on_interrupt() as cancel:
        changed = {"local_model": given.local_model, "demo_cloud_model": given.demo_model}
        app.use_settings(dataclasses.replace(app.settings, **{name: one for name, one in changed.items() if one}))
        if given.only_write:
            result: dict[str, object] = {"pairs": len(app.training.pairs(plan, shown_progress(), cancel))}
        else:
            result = _told(app.training.train_reward(plan, shown_progress(), cancel))
    if given.json:
        print_json(result)
    else:
        for name, value in result.items():
            print(f"{name}: {value}")
    return 0


def _taste(given: argparse.Namespace) -> int:
    with open_here() as app, stopping_on_interrupt() as cancel:
        found = app.taste.fit(shown_progress(), cancel)
        if given.use:
            app.dimensions.weigh({one.dimension.id: one.weight for one in found.weights})
    if given.json:
        weights = {
            one.dimension.id: {"weight": one.weight, "fitted": one.fitted, "deviation": one.deviation}
            for one in found.weights
        }
        print_json({"choices": found.choices, "bits_per_choice": found.explained, "weights": weights})
        return 0
    for one in found.weights:
        print(f"{one.dimension.id:12}{one.fitted:+.2f} ± {one.deviation:.2f}")
    print(f"From {found.choices} choices; {found.explained:.2f} bits each, 1 by chance.")
    return 0


def _plan(given: argparse.Namespace) -> RewardPlan:
    """Raises BadInput."""
    plan = RewardPlan(
        given.questions,
        given.answer_tokens,
        given.at_once,
        DpoSettings(
            lora=LoraSettings(rank=given.rank, alpha=2.0 * given.rank),
            beta=given.beta,
            learning_rate=given.learning_rate,
            epochs=given.epochs,
        ),
    )
    plan.check()
    return plan


def _told(trained: TrainedReward) -> dict[str, object]:
    """The command's object."""
    return {
        "adapter": str(trained.adapter.file.path),
        "version": trained.adapter.version,
        "before": None if trained.before is None else _figures(trained.before),
        "after": _figures(trained.after),
        "accepted": trained.accepted,
        "seconds": round(trained.seconds, 1),
        "memory_mb": round(trained.memory / 1e6),
        "losses": [round(one, 4) for one in trained.losses],
    }


def _figures(one: RewardFigures) -> dict[str, object]:
    def told(share: float) -> float | None:
        return None if math.isnan(share) else round(share, 4)

    return {"accuracy": told(one.accuracy), "new_principles": told(one.new_principles), "pairs": one.pairs}
