"""Make data/model/model.onnx from the ONNX file of all-MiniLM-L6-v2 with int8 weights: smaller, faster, lighter to load.

Keeps the first three of its six layers: tokens are compared one by one, and for that the third layer is as good as the sixth
(`agreement.py` beside this file gives the figures), at half the work. The layers are put together anew, with the same weights:

- Several texts are one row of tokens, and each token sees only those of its own text. Padding would be work for nothing.
- Queries, keys and values are one product. The two markers around a text are left out as soon as nobody looks at them any more.
- Products are scaled, not weights: scaled copies of all weights would be the peak of memory, while the model is loaded.
- Words are looked up before they are made floats: else the whole vocabulary becomes floats when the model is loaded.

    pip install onnx
    python tests/benchmarks/shorten_model.py all-MiniLM-L6-v2.onnx data/model
"""

import hashlib
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

LAYERS, HEADS, WIDTH = 3, 12, 384
LARGE = 10_000
"""Bytes from which a weight goes into the other file."""
FAR = -1e9
"""Added to what a token thinks of one in another text."""


class Graph:
    """The graph that is being made, out of the weights of another."""

    def __init__(self, source: Any) -> None:
        self.weights = {part.name.removeprefix("inner."): part for part in source.graph.initializer}
        self.makers = {output: node for node in source.graph.node for output in node.output}
        self.users = {name.removeprefix("inner."): node for node in source.graph.node for name in node.input}
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def weight(self, name: str) -> Any:
        from onnx.numpy_helper import to_array

        return to_array(self.weights[name])

    def constant(self, name: str, value: Any) -> str:
        from onnx.numpy_helper import from_array

        self.constants.append(from_array(np.asarray(value), name))
        return name

    def add(self, kind: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        from onnx.helper import make_node

        self.nodes.append(make_node(kind, inputs, outputs, **attributes))
        return outputs[0]

    def floats(self, numbers: str, name: str) -> str:
        """Make floats of int8 numbers."""
        from onnx import TensorProto

        return self.add("Cast", [numbers], name, to=TensorProto.FLOAT)

    def look_up(self, what: str, index: str) -> str:
        rows = self.constant(f"{what}_q", self.weight(f"embeddings.{what}_embeddings.weight_q"))
        scale = self.constant(f"{what}_scale", self.weight(f"embeddings.{what}_embeddings.weight_scale"))
        found = self.floats(self.add("Gather", [rows, index], f"{what}_rows"), f"{what}_floats")
        return self.add("Mul", [found, self.add("Gather", [scale, index], f"{what}_scales")], what)

    def dense(self, inputs: str, name: str, *parts: str) -> str:
        """Multiply by the weights of some parts of a layer, side by side."""
        found = [self._dense_weights(part) for part in parts]
        numbers, scale, bias = (
            self.constant(f"{name}_{kind}", np.concatenate(several, axis=-1))
            for kind, several in zip(("q", "scale", "bias"), zip(*found, strict=True), strict=True)
        )
        product = self.add("MatMul", [inputs, self.floats(numbers, f"{name}_weight")], f"{name}_product")
        return self.add("Add", [self.add("Mul", [product, scale], f"{name}_scaled"), bias], name)

    def _dense_weights(self, part: str) -> tuple[Any, Any, Any]:
        """Return int8 numbers, their scale, and the bias. Only the bias has a name that tells where it belongs."""
        bias = f"{part}.bias"
        product = next(self.makers[name] for name in self.users[bias].input if name in self.makers)
        scaled = self.makers[product.input[1]]
        return self.weight(self.makers[scaled.input[0]].input[0]), self.weight(scaled.input[1]), self.weight(bias)

    def norm(self, inputs: list[str], name: str, part: str) -> str:
        total = self.add("Add", inputs, f"{name}_sum")
        scale, bias = (self.constant(f"{name}_{kind}", self.weight(f"{part}.{kind}")) for kind in ("weight", "bias"))
        (epsilon,) = (kind.f for kind in self.users[f"{part}.weight"].attribute if kind.name == "epsilon")
        return self.add("LayerNormalization", [total, scale, bias], name, axis=-1, epsilon=epsilon)


def shorten(source: Any) -> Any:
    """Return the model anew: `ids`, `positions` and `texts` (the number of the text) of each token, and which are `kept`."""
    from onnx import TensorProto
    from onnx.helper import make_graph, make_model, make_opsetid, make_tensor_value_info

    graph = Graph(source)
    first = graph.constant("first_type", graph.weight("embeddings.token_type_embeddings.weight")[0])
    words = graph.add("Add", [graph.look_up("word", "ids"), first], "typed")
    state = graph.norm([words, graph.look_up("position", "positions")], "embedded", "embeddings.LayerNorm")
    column = graph.add("Unsqueeze", ["texts", graph.constant("second_axis", [1])], "text_of_row")
    row = graph.add("Unsqueeze", ["texts", graph.constant("first_axis", [0])], "text_of_column")
    near, far = graph.constant("near", np.float32(0)), graph.constant("far", np.float32(FAR))
    graph.add("Where", [graph.add("Equal", [column, row], "same_text"), near, far], "distance")
    graph.constant("by_head", [-1, 3 * HEADS, WIDTH // HEADS])
    graph.constant("joined", [-1, WIDTH])
    graph.constant("root", np.float32(1 / math.sqrt(WIDTH // HEADS)))
    for number in range(LAYERS):
        state = layer(graph, number, state, last=number == LAYERS - 1)
    inputs = [make_tensor_value_info(name, TensorProto.INT64, ["tokens"]) for name in ("ids", "positions", "texts")]
    inputs.append(make_tensor_value_info("kept", TensorProto.INT64, ["left"]))
    output = make_tensor_value_info(state, TensorProto.FLOAT, ["left", WIDTH])
    whole = make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, [output], graph.constants)
    return make_model(whole, opset_imports=[make_opsetid("", 20)], ir_version=9)


def layer(graph: Graph, number: int, state: str, *, last: bool) -> str:
    """Add a layer: every token looks at the others of its text, then thinks by itself."""
    part, name = f"encoder.layer.{number}", f"layer{number}"
    looked = graph.dense(state, f"{name}_looked", *(f"{part}.attention.self.{what}" for what in ("query", "key", "value")))
    heads = graph.add("Reshape", [looked, "by_head"], f"{name}_heads")
    graph.add("Split", [heads], f"{name}_q", f"{name}_k", f"{name}_v", axis=1, num_outputs=3)
    asked = graph.add("Transpose", [graph.add("Mul", [f"{name}_q", "root"], f"{name}_rooted")], f"{name}_asked", perm=[1, 0, 2])
    keys = graph.add("Transpose", [f"{name}_k"], f"{name}_keys", perm=[1, 2, 0])
    values = graph.add("Transpose", [f"{name}_v"], f"{name}_values", perm=[1, 0, 2])
    heard = graph.add("Add", [graph.add("MatMul", [asked, keys], f"{name}_alike"), "distance"], f"{name}_heard")
    shares = graph.add("Softmax", [heard], f"{name}_shares", axis=-1)
    mixed = graph.add("Transpose", [graph.add("MatMul", [shares, values], f"{name}_told")], f"{name}_mixed", perm=[1, 0, 2])
    seen = graph.add("Reshape", [mixed, "joined"], f"{name}_seen")
    if last:
        seen = graph.add("Gather", [seen, "kept"], f"{name}_seen_kept")
        state = graph.add("Gather", [state, "kept"], f"{name}_state_kept")
    out = graph.dense(seen, f"{name}_out", f"{part}.attention.output.dense")
    state = graph.norm([out, state], f"{name}_attended", f"{part}.attention.output.LayerNorm")
    thought = graph.add("Gelu", [graph.dense(state, f"{name}_inner", f"{part}.intermediate.dense")], f"{name}_thought")
    full = graph.dense(thought, f"{name}_full", f"{part}.output.dense")
    return graph.norm([full, state], "states" if last else f"{name}_state", f"{part}.output.LayerNorm")


if __name__ == "__main__":
    import onnx

    source, folder = sys.argv[1:]
    model = shorten(onnx.load(source))
    onnx.checker.check_model(model)
    for name in ("model.onnx", "model.weights"):
        Path(folder, name).unlink(missing_ok=True)  # onnx would write behind what stands there
    # Weights in a file of their own are mapped into memory instead of copied.
    onnx.save(model, f"{folder}/model.onnx", save_as_external_data=True, location="model.weights", size_threshold=LARGE)
    for name in ("model.onnx", "model.weights"):
        print(f'"{name}": "{hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()}",  # interviewer/grading/embedded/encoder.py')
