"""One real demo cloud for the whole folder, and clients to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from costeer.cloud.llama_server import LlamaServerClient
from costeer.demo_cloud.supervisor import DEMO_CLOUD_NAME, DemoCloud, DemoCloudAddress
from costeer.foundation.paths import environment_models
from costeer.privacy.transport import open_client
from tests.cloud.vllm_server import PYTHON, VllmServer, running_vllm
from tests.privacy.memory_ledger import MemoryLedger


@dataclass
class Cloud:
    """A client with its ledger, and a bare httpx client that asks the same server for reference."""

    address: DemoCloudAddress
    client: LlamaServerClient
    bare: httpx.Client
    ledger: MemoryLedger = field(default_factory=MemoryLedger)

    def prompt_ids(self, question: str) -> list[int]:
        return self.client.tokenize(self.client.apply_template([{"role": "user", "content": question}]))

    def reference(self, prompt: list[int] | str, most: int) -> list[int]:
        """The server's own greedy answer, not streamed, so that nothing is withheld."""
        body = {"prompt": prompt, "n_predict": most, "temperature": 0, "return_tokens": True}
        answer = self.bare.post("/completion", json=body)
        tokens = answer.json()["tokens"]
        assert isinstance(tokens, list)
        return tokens


@pytest.fixture(scope="session")
def demo_cloud() -> Iterator[DemoCloud]:
    with DemoCloud(environment_models() / "SmolLM2-135M-Instruct.Q4_1.gguf", threads=1) as running:
        running.start()
        yield running


@pytest.fixture
def cloud(demo_cloud: DemoCloud) -> Iterator[Cloud]:
    address = demo_cloud.ensure_running()
    ledger = MemoryLedger()
    headers = {"Authorization": f"Bearer {address.key}", "Connection": "close"}
    with (
        open_client(ledger, base_url=address.base_url) as http,
        httpx.Client(base_url=address.base_url, headers=headers, timeout=60, trust_env=False) as bare,
    ):
        client = LlamaServerClient(address.base_url, address.key, "", http, DEMO_CLOUD_NAME)
        yield Cloud(address, client, bare, ledger)


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    python = os.environ.get(PYTHON, "")
    if not python:
        pytest.skip(f"{PYTHON} does not name the Python of an environment with vLLM")
    model = environment_models() / "SmolLM2-135M-Instruct.Q4_1.gguf"
    with running_vllm(python, model, tmp_path_factory.mktemp("vllm")) as running:
        yield running
