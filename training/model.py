"""A BERT encoder with a classifier on top, in plain PyTorch: what train.py trains and export.py writes as ONNX."""

import json
import struct
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH, HEADS, INNER = 384, 12, 1536
CLASSES = ("stated", "reversed", "neighbour")


class Layer(nn.Module):
    """One layer of BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.attended = nn.LayerNorm(WIDTH, eps=1e-12)
        self.inner = nn.Linear(WIDTH, INNER)
        self.full = nn.Linear(INNER, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        rows, length, _ = state.shape
        q, k, v = self.looked(state).view(rows, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        # Written out: on a CPU the backward pass of scaled_dot_product_attention takes several times as long.
        heard = q @ k.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5
        seen = heard.masked_fill(~mask, -1e9).softmax(-1) @ v
        seen = self.out(seen.transpose(1, 2).reshape(rows, length, WIDTH))
        state = self.attended(state + seen)
        thought = self.full(functional.gelu(self.inner(state)))
        return self.norm(state + thought)


def _mean(state: Tensor, chosen: Tensor) -> Tensor:
    weights = chosen[:, :, None].to(state.dtype)
    return (state * weights).sum(1) / weights.sum(1)


class Judge(nn.Module):
    """Reads `[CLS] window [SEP] key point [SEP]` and returns a logit for each of CLASSES."""

    def __init__(self, layers: int = 6) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, WIDTH)
        self.places = nn.Embedding(512, WIDTH)
        self.types = nn.Embedding(2, WIDTH)
        self.first = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.pool = nn.Linear(4 * WIDTH, WIDTH)
        self.classes = nn.Linear(WIDTH, len(CLASSES))
        for part in (self.words, self.places):  # as they were: the embedded grader ships them already
            part.requires_grad_(requires_grad=False)

    def forward(self, ids: Tensor, types: Tensor) -> Tensor:
        mask = (ids != 0)[:, None, None, :]
        places = torch.arange(ids.shape[1], device=ids.device)
        state = self.first(self.words(ids) + self.places(places) + self.types(types))
        for layer in self.layers:
            state = layer(state, mask)
        window, point = (_mean(state, (types == kind) & (ids != 0)) for kind in (0, 1))
        pooled = torch.tanh(self.pool(torch.cat([state[:, 0], window, (window - point).abs(), window * point], -1)))
        return self.classes(pooled)


def load_minilm(judge: Judge, file: Path) -> None:
    """Copy the weights of all-MiniLM-L6-v2 (a safetensors file) into a judge; its classifier stays random."""
    data = file.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])

    def tensor(name: str) -> Tensor:
        start, end = header[name]["data_offsets"]
        values = np.frombuffer(data[8 + size + start : 8 + size + end], dtype=np.float32)
        return torch.from_numpy(values.copy()).view(header[name]["shape"])

    state = {
        "words.weight": tensor("embeddings.word_embeddings.weight"),
        "places.weight": tensor("embeddings.position_embeddings.weight"),
        "types.weight": tensor("embeddings.token_type_embeddings.weight"),
        "first.weight": tensor("embeddings.LayerNorm.weight"),
        "first.bias": tensor("embeddings.LayerNorm.bias"),
    }
    for number in range(len(judge.layers)):
        theirs, ours = f"encoder.layer.{number}.", f"layers.{number}."
        for kind in ("weight", "bias"):
            parts = [tensor(f"{theirs}attention.self.{part}.{kind}") for part in ("query", "key", "value")]
            state[f"{ours}looked.{kind}"] = torch.cat(parts)
            for mine, name in {
                "out": "attention.output.dense",
                "attended": "attention.output.LayerNorm",
                "inner": "intermediate.dense",
                "full": "output.dense",
                "norm": "output.LayerNorm",
            }.items():
                state[f"{ours}{mine}.{kind}"] = tensor(f"{theirs}{name}.{kind}")
    judge.load_state_dict(state, strict=False)


def load_judge(judge: Judge, file: Path) -> None:
    """Copy the weights of a judge that training goes on from, as exported (judge.onnx) or as trained (judge.pt)."""
    if file.suffix == ".pt":
        judge.load_state_dict(torch.load(file))
        return
    import onnx
    from onnx import numpy_helper

    parts = {
        part.name: numpy_helper.to_array(part)
        for part in onnx.load(file, load_external_data=False).graph.initializer
        if part.name not in {"word_q", "word_scale"}
    }
    state = {name: torch.from_numpy(values.copy()) for name, values in parts.items() if name in judge.state_dict()}
    places = judge.places.weight.data.clone()
    places[: len(state["places.weight"])] = state["places.weight"]
    state["places.weight"] = places
    whole = [name.removesuffix("_quantized") for name in parts if name.endswith("_quantized")]
    names = [f"layers.{n}.{part}.weight" for n in range(len(judge.layers)) for part in ("looked", "out", "inner", "full")]
    for name, stored in zip([*names, "pool.weight", "classes.weight"], whole, strict=True):
        floats = parts[f"{stored}_quantized"].astype(np.float32) * parts[f"{stored}_scale"]
        state[name] = torch.from_numpy(floats.T.copy())
    judge.load_state_dict(state, strict=False)
