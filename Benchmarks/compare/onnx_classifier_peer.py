"""The work of `rnn bench predict` in ONNX Runtime: embedding, bidirectional layers, the maximum over time, two classes."""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from measure import report
from onnx_peer import OPERATORS
from shapes import peer_arguments


def model(shape):
    """Input ids [time, batch]; output logits [batch, 2]."""
    operator, gates = OPERATORS[shape.cell]
    random = np.random.default_rng(1)
    width = gates * shape.hidden
    constants = []

    def constant(name, *size):
        bound = shape.hidden ** -0.5
        constants.append(numpy_helper.from_array(random.uniform(-bound, bound, size).astype(np.float32), name))
        return name

    def integers(name, *values):
        constants.append(numpy_helper.from_array(np.array(values, dtype=np.int64), name))
        return name

    nodes = [helper.make_node("Gather", [constant("embedding", shape.vocabulary, shape.embedding), "ids"], ["x0"])]
    integers("shape", 0, 0, -1)
    for layer in range(shape.layers):
        features = shape.embedding if layer == 0 else 2 * shape.hidden
        more = {"linear_before_reset": 1} if shape.cell == "gru" else {}
        if shape.cell == "elman":
            more["activations"] = ["Tanh", "Tanh"]
        nodes += [
            helper.make_node(
                operator, [f"x{layer}", constant(f"w{layer}", 2, width, features),
                           constant(f"r{layer}", 2, width, shape.hidden), constant(f"b{layer}", 2, 2 * width)],
                [f"y{layer}"], hidden_size=shape.hidden, direction="bidirectional", **more),
            # [time, direction, batch, hidden] to [time, batch, direction * hidden]
            helper.make_node("Transpose", [f"y{layer}"], [f"t{layer}"], perm=[0, 2, 1, 3]),
            helper.make_node("Reshape", [f"t{layer}", "shape"], [f"x{layer + 1}"])]
    nodes += [
        helper.make_node("ReduceMax", [f"x{shape.layers}"], ["pooled"], axes=[0], keepdims=0),
        helper.make_node("Gemm", ["pooled", constant("output", 2, 2 * shape.hidden), constant("bias", 2)], ["logits"],
                         transB=1)]
    graph = helper.make_graph(
        nodes, "classifier", [helper.make_tensor_value_info("ids", TensorProto.INT64, [shape.time, shape.batch])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [shape.batch, 2])], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def main():
    shape, seconds = peer_arguments(__doc__)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = shape.threads
    session = onnxruntime.InferenceSession(
        model(shape).SerializeToString(), options, providers=["CPUExecutionProvider"])
    feed = {"ids": np.random.default_rng(2).integers(0, shape.vocabulary, (shape.time, shape.batch))}
    report(lambda: session.run(None, feed), shape.batch * shape.time, seconds, onnxruntime=onnxruntime.__version__,
           onnx=onnx.__version__)


if __name__ == "__main__":
    main()
