"""`costeer bench`: figures of this computer, each from one run, as medians and paired ratios."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from costeer.bootstrap import open_scratch
from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.bench_start import bench_start
from costeer.cli.bench_window import add_window_options, bench_window
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.cloud.http import EndpointHttp
from costeer.demo_cloud.endpoint import Reroute
from costeer.demo_cloud.supervisor import DEMO_CLOUD_NAME, DemoCloud
from costeer.evaluation.cogenesis import Case, nothing_asked_is_private, read_cases
from costeer.evaluation.decision_benchmark import bench_decisions
from costeer.evaluation.decode_benchmark import CASES, PREFETCH_BUDGET, bench_decoders, scratch_folder
from costeer.evaluation.delay_proxy import DelayProxy
from costeer.evaluation.load_benchmark import Load, bench_load
from costeer.evaluation.plots import draw, read_groups
from costeer.evaluation.virtual_time import CloudSpeed
from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import threads_alone
from costeer.foundation.errors import BadInput
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import Progress
from costeer.local.messages import LocalModelOptions
from costeer.local.process import ModelProcess
from costeer.privacy.transport import open_client
from costeer.services.endpoints import EndpointAddress
from costeer.services.options import AskOptions
from costeer.storage.database import Database
from costeer.storage.repositories import LedgerRepository

_MODEL_RTT_MS = 80.0  # in virtual time, unless another round trip is asked for


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("bench", help="measure this computer")
    actions = parser.add_subparsers(metavar="WHAT", required=True)
    decode = actions.add_parser("decode", help="the decoders side by side")
    decode.add_argument(
        "--rtt", type=float, default=0.0, metavar="MS", help="add this round trip to the demo cloud"
    )
    decode.add_argument("--strength", type=float, default=1.0, metavar="C")
    decode.add_argument("--mixture", type=float, default=0.15, metavar="W")
    decode.add_argument("--max-tokens", type=int, default=48, metavar="N")
    decode.add_argument("--turns", type=int, default=1, metavar="N", help="how often each prompt is asked")
    decode.add_argument(
        "--part",
        choices=("real", "model", "both"),
        default="both",
        help="real answers, the same decisions in virtual time, or both (the default)",
    )
    decode.add_argument("--data", type=Path, metavar="FILE", help="CoGenesis rows instead of the built-in prompts")
    decode.add_argument("--limit", type=int, default=8, metavar="N", help="how many rows or prompts (8)")
    decode.add_argument(
        "--cloud-ms", type=float, default=15.0, metavar="MS", help="a cloud token in virtual time (15)"
    )
    decode.add_argument("--local-model", metavar="ID|FILE")
    decode.add_argument("--demo-model", metavar="ID|FILE")
    start = actions.add_parser("start", help="a cold start to the first paint of the window")
    start.add_argument("--runs", type=int, default=5, metavar="N")
    window = actions.add_parser("window", help="how the window keeps up with a large library and a long answer")
    add_window_options(window)
    load = actions.add_parser("load", help="many desktops at one llama-server")
    load.add_argument("--desktops", type=int, nargs="+", default=[1, 2, 4, 8], metavar="N")
    load.add_argument("--answers", type=int, default=2, metavar="N", help="of each desktop (2)")
    load.add_argument("--max-tokens", type=int, default=48, metavar="N")
    load.add_argument("--cut", type=float, default=0.1, metavar="P", help="how often a token is cut (0.1)")
    load.add_argument("--demo-model", metavar="ID|FILE")
    plot = actions.add_parser("plot", help="draw what `bench decode --json` has printed into files")
    plot.add_argument("files", type=Path, nargs="+", metavar="FILE")
    plot.add_argument("--to", type=Path, required=True, metavar="PICTURE", help="an svg, png or pdf file")
    plot.set_defaults(command=_plot)
    for one, command in ((decode, _decode), (load, _load), (start, bench_start), (window, bench_window)):
        add_json(one)
        one.set_defaults(command=command)


def _decode(given: argparse.Namespace) -> int:
    if not 0 <= given.rtt <= 10_000 or given.turns < 1 or given.limit < 1:
        raise BadInput("The round trip must be 0 to 10000 ms, turns and limit at least 1; choose other values.")
    options = AskOptions(strength=given.strength, mixture=given.mixture, max_tokens=given.max_tokens)
    options.check()
    cases = list(CASES[: given.limit])
    if given.data:
        cases = nothing_asked_is_private(read_cases(given.data, given.limit))
    with open_here() as usual:
        local = usual.find_model(given.local_model or usual.settings.local_model)
        cloud = usual.find_model(given.demo_model or usual.settings.demo_cloud_model)
    result: dict[str, object] = {
        "local_model": local.name,
        "cloud_model": cloud.name,
        "strength": given.strength,
        "mixture": given.mixture,
    }
    with stopping_on_interrupt() as cancel:
        if given.part in ("real", "both"):
            result["added_round_trip_ms"] = given.rtt
            result |= _real(given, options, cases, (local, cloud), cancel)
        if given.part in ("model", "both"):
            result |= _model(given, options, cases, (local, cloud), cancel)
    if given.json:
        print_json(result)
    else:
        print(json.dumps(result, indent=2))
    return 0


def _load(given: argparse.Namespace) -> int:
    """A server of its own for each number of desktops, with as many slots."""
    if not (all(1 <= one <= 64 for one in given.desktops) and given.answers >= 1 and 0.0 < given.cut <= 1.0):
        raise BadInput(
            "Desktops must be 1 to 64, answers at least 1, the cut above 0 and at most 1; choose others."
        )
    with open_here() as app:
        model = app.find_model(given.demo_model or app.settings.demo_cloud_model)
    results: list[dict[str, object]] = []
    with (
        scratch_folder() as home,
        stopping_on_interrupt() as cancel,
        Database.open(home / "ledger.sqlite3") as database,
    ):
        for number in given.desktops:
            with DemoCloud(model, threads=threads_alone(), slots=number) as cloud:
                address = cloud.start(cancel=cancel)
                with open_client(LedgerRepository(database), base_url=address.base_url) as client:
                    http = EndpointHttp(DEMO_CLOUD_NAME, address.base_url, address.key, client)
                    load = Load(number, given.answers, given.max_tokens, given.cut)
                    results.append(bench_load(http, load, cancel))
    print_json({"model": model.name, "cut": given.cut, "loads": results})
    return 0


def _plot(given: argparse.Namespace) -> int:
    draw(read_groups(given.files), given.to)
    print(f"Drew {given.to}.")
    return 0


def _real(
    given: argparse.Namespace,
    options: AskOptions,
    cases: Sequence[Case],
    models: tuple[Path, Path],
    cancel: CancelToken,
) -> dict[str, object]:
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(scratch_folder())

        def reroute(address: EndpointAddress) -> EndpointAddress:
            if given.rtt == 0:
                return address
            proxy = stack.enter_context(DelayProxy(address.base_url, given.rtt / 1000))
            return EndpointAddress(proxy.base_url, address.key, address.own_slots)

        paths = AppPaths(home / "config", home / "data", home / "cache", home / "log")
        app = stack.enter_context(open_scratch(paths, _once(reroute)))
        local, cloud = models
        steering = dataclasses.replace(app.settings.steering, prefetch=PREFETCH_BUDGET)
        app.use_settings(
            dataclasses.replace(
                app.settings, local_model=str(local), demo_cloud_model=str(cloud), steering=steering
            )
        )
        return bench_decoders(app.chat, options, cases, given.turns, _show_progress, cancel)


def _model(
    given: argparse.Namespace,
    options: AskOptions,
    cases: Sequence[Case],
    models: tuple[Path, Path],
    cancel: CancelToken,
) -> dict[str, object]:
    speed = CloudSpeed((given.rtt or _MODEL_RTT_MS) / 1000, given.cloud_ms / 1000)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        local, cloud = (
            stack.enter_context(
                ModelProcess(
                    file,
                    LocalModelOptions(threads=threads_alone(), fast_copies=copies),
                )
            )
            for file, copies in ((models[0], folder), (models[1], None))
        )
        return bench_decisions(
            local, cloud, cases, options.policy, given.max_tokens, speed, _show_progress, cancel
        )


def _once(reroute: Reroute) -> Reroute:
    """One proxy per server address, however often the endpoint is asked for."""
    known: dict[EndpointAddress, EndpointAddress] = {}

    def routed(address: EndpointAddress) -> EndpointAddress:
        if address not in known:
            known[address] = reroute(address)
        return known[address]

    return routed


def _show_progress(progress: Progress) -> None:
    if sys.stderr.isatty():
        print(f"\r{progress.what} {progress.done}/{progress.total}", end="", file=sys.stderr, flush=True)
