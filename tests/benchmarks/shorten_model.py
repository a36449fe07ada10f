"""Make data/model/model.onnx from the ONNX file of all-MiniLM-L6-v2 with int8 weights: smaller, and lighter when loaded.

Keeps the first three of its six layers: tokens are compared one by one, and for that the third layer is as good as the sixth
(`agreement.py` beside this file gives the figures), at half the work. And looks words up before they are made floats: else the
whole vocabulary becomes floats when the model is loaded, 47 MB of them and a copy.

    pip install onnx
    python tests/benchmarks/shorten_model.py all-MiniLM-L6-v2.onnx data/model
"""

import hashlib
import sys
from pathlib import Path
from typing import Any

LAYERS = 3
OUTPUT = "last_hidden_state"
WORDS = "word_embeddings.weight"
LARGE = 10_000
"""Bytes from which a weight goes into the other file."""


def shorten(model: Any) -> Any:
    """Return the part of the graph that leads to the output of layer `LAYERS`."""
    import onnx
    from onnx.utils import Extractor

    norm = f"encoder.layer.{LAYERS - 1}.output.LayerNorm.weight"
    node = next(node for node in model.graph.node if any(name.endswith(norm) for name in node.input))
    model.graph.output.append(onnx.helper.make_tensor_value_info(node.output[0], onnx.TensorProto.FLOAT, None))
    inputs = [value.name for value in model.graph.input]
    short = Extractor(model).extract_model(inputs, [node.output[0]])
    for part in short.graph.node:
        for names in (part.input, part.output):
            for place, name in enumerate(names):
                if name == node.output[0]:
                    names[place] = OUTPUT
    short.graph.output[0].name = OUTPUT
    return short


def look_up_first(model: Any) -> Any:
    """Return the graph with the vocabulary's int8 rows picked before they are scaled, not after."""
    from onnx import TensorProto
    from onnx.helper import make_node

    makers = {output: node for node in model.graph.node for output in node.output}
    pick = next(node for node in model.graph.node if node.op_type == "Gather" and node.input[0].endswith(WORDS))
    scaled = makers[pick.input[0]]
    cast = next(makers[name] for name in scaled.input if name in makers)
    (scale,) = (name for name in scaled.input if name not in makers)
    ids, found = pick.input[1], pick.output[0]
    for node in (pick, scaled, cast):
        model.graph.node.remove(node)
    for place, node in enumerate(
        (
            make_node("Gather", [cast.input[0], ids], ["words_q"], axis=0),
            make_node("Cast", ["words_q"], ["words_f"], to=TensorProto.FLOAT),
            make_node("Gather", [scale, ids], ["words_scale"], axis=0),
            make_node("Mul", ["words_f", "words_scale"], [found]),
        )
    ):
        model.graph.node.insert(place, node)
    return model


if __name__ == "__main__":
    import onnx

    source, folder = sys.argv[1:]
    model = look_up_first(shorten(onnx.load(source)))
    # Weights in a file of their own are mapped into memory instead of copied.
    onnx.save(model, f"{folder}/model.onnx", save_as_external_data=True, location="model.weights", size_threshold=LARGE)
    for name in ("model.onnx", "model.weights"):
        print(f'"{name}": "{hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()}",  # interviewer/grading/encoder.py')
