"""A BERT encoder with a classifier on top, in plain PyTorch: what train.py trains and export.py writes as ONNX."""

import json
import struct
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

MODEL = Path(__file__).parent.parent / "data" / "model"
WIDTH, HEADS, INNER, PLACES = 384, 12, 1536, 512
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
        seen = functional.scaled_dot_product_attention(q, k, v, mask)
        seen = self.out(seen.transpose(1, 2).reshape(rows, length, WIDTH))
        state = self.attended(state + seen)
        return self.norm(state + self.full(functional.gelu(self.inner(state))))


def _mean(state: Tensor, chosen: Tensor) -> Tensor:
    weights = chosen[:, :, None].to(state.dtype)
    return (state * weights).sum(1) / weights.sum(1)


class Judge(nn.Module):
    """Reads `[CLS] window [SEP] key point [SEP]` and returns a logit for each of CLASSES."""

    def __init__(self, layers: int = 6) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, WIDTH)
        self.places = nn.Embedding(PLACES, WIDTH)
        self.types = nn.Embedding(2, WIDTH)
        self.first = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.pool = nn.Linear(4 * WIDTH, WIDTH)
        self.classes = nn.Linear(WIDTH, len(CLASSES))
        for part in (self.words, self.places):  # as they were: the embedded grader ships the words already
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


def save(judge: Judge, file: Path) -> None:
    """Save all weights but those of the words."""
    torch.save({name: values for name, values in judge.state_dict().items() if name != "words.weight"}, file)


def load(judge: Judge, file: Path) -> None:
    """Load the words that the embedded grader ships, and the other weights from a file.

    Args:
        judge: what they are loaded into.
        file: `model.safetensors` of all-MiniLM-L6-v2, of which the classifier stays random; `judge.onnx`; or one of `save`.
    """
    layers = len(judge.layers)
    kinds = {".safetensors": partial(_minilm, layers=layers), ".onnx": partial(_exported, layers=layers), ".pt": torch.load}
    parts = _initializers(MODEL / "model.onnx")
    words = torch.from_numpy(parts["word_q"].astype(np.float32) * parts["word_scale"].reshape(-1, 1))
    judge.load_state_dict({"words.weight": words} | kinds[file.suffix](file), strict=False)


def _initializers(file: Path) -> dict[str, np.ndarray]:
    return {part.name: numpy_helper.to_array(part) for part in onnx.load(file).graph.initializer}


def _exported(file: Path, layers: int) -> dict[str, Tensor]:
    parts = _initializers(file)
    state = {name: torch.from_numpy(values.copy()) for name, values in parts.items() if not name.startswith("word_")}
    shown, *_ = state["places.weight"].shape  # those of later places are not exported
    state["places.weight"] = functional.pad(state["places.weight"], (0, 0, 0, PLACES - shown))
    whole = [name.removesuffix("_quantized") for name in parts if name.endswith("_quantized")]
    names = [f"layers.{number}.{part}.weight" for number in range(layers) for part in ("looked", "out", "inner", "full")]
    for name, stored in zip([*names, "pool.weight", "classes.weight"], whole, strict=True):
        floats = parts[f"{stored}_quantized"].astype(np.float32) * parts[f"{stored}_scale"]
        state[name] = torch.from_numpy(floats.T.copy())
    known = Judge(layers).state_dict()
    return {name: values for name, values in state.items() if name in known}


def _minilm(file: Path, layers: int) -> dict[str, Tensor]:
    data = file.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])

    def tensor(name: str) -> Tensor:
        start, end = header[name]["data_offsets"]
        values = np.frombuffer(data[8 + size + start : 8 + size + end], dtype=np.float32)
        return torch.from_numpy(values.copy()).view(header[name]["shape"])

    state = {
        "places.weight": tensor("embeddings.position_embeddings.weight"),
        "types.weight": tensor("embeddings.token_type_embeddings.weight"),
        "first.weight": tensor("embeddings.LayerNorm.weight"),
        "first.bias": tensor("embeddings.LayerNorm.bias"),
    }
    for number in range(layers):
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
    return state
