"""One token's step in ONNX Runtime, sampling left out: a graph of one recurrent operator for each layer."""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from measure import report
from shapes import peer_arguments

OPERATORS = {"lstm": ("LSTM", 4), "gru": ("GRU", 3), "elman": ("RNN", 1)}


def model(shape):
    """Input x [1, 1, features] and states [1, 1, hidden]; output logits [1, vocabulary] and the next states."""
    operator, gates = OPERATORS[shape.cell]
    random = np.random.default_rng(1)
    features, width = shape.embedding or shape.vocabulary, gates * shape.hidden
    nodes, constants, states, results = [], [], [], []

    def constant(name, *size):
        bound = shape.hidden ** -0.5
        constants.append(numpy_helper.from_array(random.uniform(-bound, bound, size).astype(np.float32), name))
        return name

    kinds = ["h", "c"] if shape.cell == "lstm" else ["h"]
    x = "x"
    for layer in range(shape.layers):
        inputs = [f"{kind}{layer}" for kind in kinds]
        outputs = [f"next_{name}" for name in inputs]
        more = {"linear_before_reset": 1} if shape.cell == "gru" else {}
        nodes.append(helper.make_node(
            operator,
            [x, constant(f"w{layer}", 1, width, features if layer == 0 else shape.hidden),
             constant(f"r{layer}", 1, width, shape.hidden), constant(f"b{layer}", 1, 2 * width), "", *inputs],
            [f"y{layer}", *outputs], hidden_size=shape.hidden, **more))
        x = outputs[0]
        states += [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1, shape.hidden]) for n in inputs]
        results += [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1, shape.hidden]) for n in outputs]
    nodes.append(helper.make_node("Squeeze", [x, constant_axes(constants)], ["last"]))
    nodes.append(helper.make_node(
        "Gemm", ["last", constant("output", shape.vocabulary, shape.hidden), constant("bias", shape.vocabulary)],
        ["logits"], transB=1))
    graph = helper.make_graph(
        nodes, "step", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, features]), *states],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, shape.vocabulary]), *results], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def constant_axes(constants):
    constants.append(numpy_helper.from_array(np.array([0], dtype=np.int64), "axes"))
    return "axes"


def main():
    shape, seconds = peer_arguments(__doc__)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = shape.threads
    session = onnxruntime.InferenceSession(
        model(shape).SerializeToString(), options, providers=["CPUExecutionProvider"])
    feed = {i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs()}
    feed["x"][0, 0, 0] = 1

    def step():
        _, *states = session.run(None, feed)
        for name, value in zip(list(feed)[1:], states):
            feed[name] = value

    report(step, 1, seconds, onnxruntime=onnxruntime.__version__, onnx=onnx.__version__)


if __name__ == "__main__":
    main()
