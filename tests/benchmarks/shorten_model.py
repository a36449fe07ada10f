"""Make data/model/model.onnx from the ONNX file of all-MiniLM-L6-v2: keep the first three of its six layers.

Tokens are compared one by one, and for that the third layer is as good as the sixth (`agreement.py` beside this file gives
the figures), at half the work and two thirds of the size.

    pip install onnx
    python tests/benchmarks/shorten_model.py all-MiniLM-L6-v2.onnx data/model/model.onnx
"""

import hashlib
import sys
from pathlib import Path
from typing import Any

LAYERS = 3
OUTPUT = "last_hidden_state"


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


if __name__ == "__main__":
    import onnx

    source, target = sys.argv[1:]
    onnx.save(shorten(onnx.load(source)), target)
    print(f"SHA256 = {hashlib.sha256(Path(target).read_bytes()).hexdigest()!r} (interviewer/grading/encoder.py)")
