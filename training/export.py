"""Write data/model/judge.onnx from trained weights: python export.py RESULT… Needs torch, onnx and onnxruntime.

Of several results the mean of the weights is exported: they went on from the same start.

Weights become int8, one scale a column, and so do the numbers that flow (dynamic quantisation): three times as fast on a core.
Seven bits are used, since older processors add two products of eight bits in sixteen. The words are those of model.weights,
which the embedded grader has in memory anyway.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

import onnx
import torch
from model import MODEL, Judge, load
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

LONGEST = 144


def exported(judge: Judge, file: Path) -> None:
    """Write the judge as an ONNX file with floats: `ids` and `types` of one pair, to `logits`."""
    judge.places.weight.data = judge.places.weight.data[:LONGEST].clone()
    ids = torch.ones(1, 12, dtype=torch.long)
    types = torch.tensor([[0] * 6 + [1] * 6])
    length = {1: "tokens"}
    axes = {"ids": length, "types": length}
    torch.onnx.export(
        judge.eval(),
        (ids, types),
        str(file),
        input_names=["ids", "types"],
        output_names=["logits"],
        dynamic_axes=axes,
        dynamo=False,
    )


def with_shared_words(judge: onnx.ModelProto) -> None:
    """Replace the word vectors by a look-up in those of model.weights."""
    graph, encoder = judge.graph, onnx.load(MODEL / "model.onnx", load_external_data=False)
    (words,) = (part for part in graph.initializer if part.dims == [30522, 384])
    graph.initializer.remove(words)
    shared = [part for part in encoder.graph.initializer if part.name in {"word_q", "word_scale"}]
    graph.initializer.extend(shared)
    (place,) = (index for index, node in enumerate(graph.node) if node.op_type == "Gather" and node.input[0] == words.name)
    old = graph.node[place]
    new = [
        helper.make_node("Gather", ["word_q", old.input[1]], ["word_rows"]),
        helper.make_node("Cast", ["word_rows"], ["word_floats"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["word_scale", old.input[1]], ["word_scales"]),
        helper.make_node("Mul", ["word_floats", "word_scales"], list(old.output)),
    ]
    graph.node.remove(old)
    for offset, node in enumerate(new):
        graph.node.insert(place + offset, node)


def main() -> None:
    """Export, quantise, and print the checksum for MODEL_FILES."""
    judges = [Judge() for _ in sys.argv[1:]]
    for judge, file in zip(judges, sys.argv[1:], strict=True):
        load(judge, Path(file))
    judge, states = judges[0], [judge.state_dict() for judge in judges]
    judge.load_state_dict({name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]})
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder, "whole.onnx"), Path(folder, "small.onnx")
        exported(judge, whole)
        quantize_dynamic(
            whole,
            small,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
        model = onnx.load(small)
    with_shared_words(model)
    result = MODEL / "judge.onnx"
    result.write_bytes(model.SerializeToString())
    print(f'"judge.onnx": "{hashlib.sha256(result.read_bytes()).hexdigest()}",  # MODEL_FILES')


if __name__ == "__main__":
    main()
