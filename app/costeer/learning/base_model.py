"""The local model as torch has it: read from the same GGUF file that llama.cpp runs, dequantised."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import peft
import torch
import transformers

from costeer.foundation.errors import KnownError
from costeer.learning.adapter_file import LowRank, in_llama_order, write_adapter
from costeer.learning.messages import LoraSettings
from costeer.privacy.sealable_file import SealableFile

_MODULES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""llama.cpp's names of a layer's weights, and those of transformers."""

_SIZES = 32

_ARCHITECTURES = {"llama": "llama", "qwen2": "qwen2"}
"""What transformers calls an architecture, and what llama.cpp does. Others order or fuse their weights in ways of
their own and have not been tried."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """A model with a LoRA adapter on it, of which nothing else is trained. `architecture` is llama.cpp's name."""

    model: Any
    architecture: str
    settings: LoraSettings

    @property
    def trained(self) -> list[Any]:
        return [one for one in self.model.parameters() if one.requires_grad]

    def state(self) -> dict[str, Any]:
        """The adapter's weights."""
        return dict(peft.get_peft_model_state_dict(self.model, save_embedding_layers=False))

    def load_state(self, state: dict[str, Any]) -> None:
        peft.set_peft_model_state_dict(self.model, state)

    def write(self, file: SealableFile, notes: dict[str, str]) -> None:
        """As llama.cpp loads it. Raises OSError."""
        config = self.model.get_base_model().config
        state, pairs = self.state(), {}
        for layer in range(config.num_hidden_layers):
            for target in self.settings.targets:
                name, weight = f"layers.{layer}.{_MODULES[target]}", f"blk.{layer}.{target}.weight"
                a, b = (_of(state, f"{name}.lora_{one}.weight") for one in "AB")
                ordered = in_llama_order(
                    self.architecture, weight, b, config.num_attention_heads, config.num_key_value_heads
                )
                pairs[weight] = LowRank(a, ordered)
        write_adapter(file, self.architecture, self.settings.alpha, pairs, notes)


def load_adapted(file: Path, settings: LoraSettings, seed: int) -> Adapted:
    """Raises KnownError for a kind of model that cannot be trained here."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    torch.manual_seed(seed)
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            file.parent, gguf_file=file.name, dtype=_number_type(), local_files_only=True
        )
    except (ValueError, KeyError, NotImplementedError) as error:
        raise KnownError(
            "The model {file} is of a kind that cannot be trained; choose another local model.", file=file.name
        ) from error
    architecture = _ARCHITECTURES.get(model.config.model_type)
    if architecture is None:
        raise KnownError(
            "The model {file} is of a kind that cannot be trained ({kind}); choose another local model.",
            file=file.name,
            kind=str(model.config.model_type),
        )
    model.config.use_cache = False
    lora = peft.LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        target_modules=[_MODULES[one].rpartition(".")[2] for one in settings.targets],
        lora_dropout=0.0,
        bias="none",
        task_type="CAUSAL_LM",
    )
    adapted = peft.get_peft_model(model, lora, autocast_adapter_dtype=True)
    return Adapted(adapted, architecture, settings)


def answer_logprobs(model: Any, prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]]) -> Any:
    """What the model gives each answer behind its prompt, summed over its tokens; shape (n,), in nats.

    Only the answers' positions go through the output matrix, which is a third of a small model. Sizes are rounded
    up: for each one there has not been, torch makes kernels anew and keeps them.
    """
    rows = [[*prompt, *answer] for prompt, answer in zip(prompts, answers, strict=True)]
    width = _rounded(max(map(len, rows)))
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_number_type() == torch.bfloat16):
        base = model.get_base_model()
        hidden = base.model(input_ids=ids, attention_mask=mask).last_hidden_state
        spans = [(len(prompt) - 1, len(row) - 1) for prompt, row in zip(prompts, rows, strict=True)]
        wanted = torch.cat([hidden[at, first:last] for at, (first, last) in enumerate(spans)])
        targets = torch.tensor([token for answer in answers for token in answer])
        beyond = torch.zeros(_rounded(len(targets)) - len(targets), wanted.shape[1], dtype=wanted.dtype)
        logits = base.lm_head(torch.cat([wanted, beyond]))[: len(targets)]
    each = -torch.nn.functional.cross_entropy(logits.float(), targets, reduction="none")
    return torch.stack([part.sum() for part in each.split([len(one) for one in answers])])


def _rounded(size: int) -> int:
    return -(-size // _SIZES) * _SIZES


def _of(state: dict[str, Any], ending: str) -> Any:
    (found,) = [value for name, value in state.items() if name.endswith(ending)]
    return found.detach().to(torch.float32).numpy().astype(np.float32)


def _number_type() -> Any:
    """bfloat16 where the processor multiplies it: half the memory, and twice as fast."""
    if platform.machine().lower() in ("x86_64", "amd64") and torch.backends.cpu.get_cpu_capability() == "AVX512":
        return torch.bfloat16
    return torch.float32
