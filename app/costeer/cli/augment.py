"""`costeer writing augment`: more texts like the user's, for the personal model."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence

from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json, shown_progress
from costeer.foundation.errors import BadInput
from costeer.foundation.settings import Settings
from costeer.foundation.text import safe
from costeer.services.personal.augmenting.plan import AugmentationPlan, Augmented, Preview, Sample

_USUAL = AugmentationPlan()


def add_augmenting(actions: Commands) -> None:
    """Below `costeer writing`."""
    parser = actions.add_parser(
        "augment", help="have a cloud write texts like yours; shows what would be sent, --approve sends it"
    )
    parser.add_argument(
        "--way",
        choices=("private", "samples"),
        default=_USUAL.way,
        help="private: steered on this computer, only final tokens leave; samples: some of your texts are sent, "
        f"redacted ({_USUAL.way})",
    )
    parser.add_argument("--texts", type=int, default=_USUAL.texts, metavar="N", help=f"({_USUAL.texts})")
    parser.add_argument(
        "--most-tokens",
        type=int,
        default=_USUAL.most_tokens,
        metavar="N",
        help=f"of the cloud, sent and written; 0 is no bound ({_USUAL.most_tokens})",
    )
    parser.add_argument("--most-money", type=float, default=0.0, metavar="X", help="at the prices you entered")
    parser.add_argument(
        "--strength", type=float, default=_USUAL.strength, metavar="C", help=f"of steering ({_USUAL.strength})"
    )
    parser.add_argument(
        "--mixture", type=float, default=_USUAL.mixture, metavar="W", help=f"of the same ({_USUAL.mixture})"
    )
    parser.add_argument(
        "--sample", action="append", default=[], metavar="ID", help="send only these texts (way samples)"
    )
    parser.add_argument(
        "--approve", metavar="CODE", help="send exactly what the same command without this showed with this code"
    )
    parser.add_argument("--local-model", metavar="ID|FILE")
    parser.add_argument("--demo-model", metavar="ID|FILE")
    add_json(parser)
    parser.set_defaults(command=run)


def run(given: argparse.Namespace) -> int:
    plan = AugmentationPlan(
        given.way, given.texts, given.most_tokens, given.most_money, given.strength, given.mixture
    )
    plan.check()
    with open_here() as app, stopping_on_interrupt() as cancel:
        app.use_settings(_with_models(app.settings, given.local_model, given.demo_model))
        preview = app.augmentation.preview(plan)
        preview = dataclasses.replace(preview, samples=_chosen(preview.samples, given.sample))
        if given.approve is None:
            _show(preview, as_json=given.json)
            return 0
        if given.approve != preview.approval:
            raise BadInput(
                "What would be sent now is not what was shown with the code {code}; run the command without "
                "--approve to see it.",
                code=given.approve,
            )
        done = app.augmentation.run(plan, preview.samples, shown_progress(), cancel)
    told = _told(done)
    if given.json:
        print_json(told)
    else:
        for name, value in told.items():
            print(f"{name}: {value}")
    return 0


def _with_models(settings: Settings, local: str | None, demo: str | None) -> Settings:
    return dataclasses.replace(
        settings,
        local_model=local or settings.local_model,
        demo_cloud_model=demo or settings.demo_cloud_model,
    )


def _chosen(samples: Sequence[Sample], ids: Sequence[str]) -> tuple[Sample, ...]:
    """Raises BadInput."""
    known = {one.id: one for one in samples}
    for one in ids:
        if one not in known:
            raise BadInput(
                "The text {id} is not among those that would be sent; run without --approve to see them.", id=one
            )
    return tuple(known[one] for one in ids) if ids else tuple(samples)


def _show(preview: Preview, *, as_json: bool) -> None:
    if as_json:
        print_json({"would_send": dataclasses.asdict(preview), "approve": preview.approval})
        return
    print(f"To {safe(preview.cloud)}, about {preview.tokens} tokens at most{_money(preview)}.")
    print("\nRequests for tasks, word by word (some may not be needed):")
    for request in preview.requests:
        print(f"  {safe(request)}")
    if preview.samples:
        print("\nBefore each task that comes back, some of these texts of yours:")
        for one in preview.samples:
            print(f"  {one.id}  {safe(' '.join(one.sent.split()))}")
            for stands_there, text in one.replaced:
                print(f"  {'':16}  {safe(stands_there)} stands for {safe(text)}")
    else:
        print("\nEach task that comes back is sent as it is, and of its answer the words that are final.")
    print(f"\nNothing has been sent. The same command with --approve {preview.approval} sends exactly this.")


def _money(preview: Preview) -> str:
    return "" if preview.money is None else f", {preview.money:.2f} {preview.currency}"


def _told(done: Augmented) -> dict[str, object]:
    """The command's object."""
    return {
        "written": done.written,
        "kept": done.kept,
        "unfinished": done.unfinished,
        "fell": dict(done.fell),
        "tokens": done.spent.tokens,
        "money": done.spent.money,
        "currency": done.spent.currency,
        "leak_bits": round(done.spent.leak_bits, 1),
        "budget_used_up": done.budget_used_up,
        "seconds": round(done.seconds, 1),
    }
