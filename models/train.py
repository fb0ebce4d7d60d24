#!/usr/bin/env python3
"""Trains the digit models of this folder and writes them as plain ONNX.

Data: scikit-learn's bundled copy of the UCI "Optical Recognition of Handwritten Digits" test set, 1,797 images of
8x8 pixels, values 0..16. One image in five is held out: no model sees it, and it lands in digits-test/.

    digits-mlp        Flatten, Gemm, Relu, Gemm, Relu, Gemm                              float32
    digits-cnn        Conv+BN+Relu twice, MaxPool, Conv+Relu, GlobalAveragePool, Gemm    float32, BN folded below
    digits-cnn-int8   QuantizeLinear, QLinearConv x3, MaxPool, QLinearMatMul, Dequantize uint8 x int8 in 7 bits

Needs Debian's python3-torch, python3-sklearn and python3-onnx. Every seed is fixed; the checked-in files came from
torch 1.13 and another version may train slightly different weights. Cards and READMEs are written by hand: the second
command measures what they state, accuracy and slack, and says where they disagree.

    python3 models/train.py            then    npm run models:accuracy

Before the second command, digits-cnn is replaced by its canonical file, in which the weights hold the BatchNormalization:

    npx opg model compile models/digits-cnn/model.onnx --form source --accept-difference --out DIR
    mv DIR/model.canonical.onnx models/digits-cnn/model.onnx
"""

import base64
import json
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261120
OPSET, IR_VERSION = 17, 8


def data():
    digits = load_digits()
    images = digits.images.astype(np.uint8)
    return train_test_split(
        images, digits.target, test_size=0.2, random_state=SEED, stratify=digits.target)


def as_input(images):
    return torch.tensor(images.astype(np.float32) / 16.0).reshape(-1, 1, 8, 8)


def fit(net, images, labels, epochs):
    x, y = as_input(images), torch.tensor(labels)
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    net.train()
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for at in range(0, len(x), 64):
            batch = order[at:at + 64]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
            optimizer.step()
        schedule.step()
    return net.eval()


def mlp():
    nn = torch.nn
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def cnn():
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))


def cnn_for_int8():
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(512, 10))


def export_float(net, path):
    """torch's exporter, told to keep BatchNormalization as it stands instead of folding it into the weights."""
    torch.onnx.export(
        net, torch.zeros(1, 1, 8, 8), str(path), opset_version=OPSET, input_names=["image"], output_names=["scores"],
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
    model = onnx.load(path)
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    onnx.save(model, path)


class Int8Builder:
    """Static quantisation: uint8 activations with zero point 0 (everything is behind a Relu), int8 weights per
    output channel within [-64, 63], int32 biases. Seven-bit weights keep the two-product sums of CPUs without VNNI
    below their 16-bit saturation: 2 * 255 * 64 < 2^15."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def scale(self, name, value):
        return self.constant(name + "_scale", np.float32(value))

    def weights(self, name, weight, channel_axis, scale_in):
        reduced = tuple(a for a in range(weight.ndim) if a != channel_axis)
        scale = (np.abs(weight).max(axis=reduced) / 63.0).astype(np.float32)
        shape = [1] * weight.ndim
        shape[channel_axis] = -1
        quantised = np.clip(np.rint(weight / scale.reshape(shape)), -64, 63).astype(np.int8)
        self.constant(name + "_weight", quantised)
        self.constant(name + "_weight_scale", scale)
        self.constant(name + "_weight_zero", np.zeros(len(scale), np.int8))
        return scale.astype(np.float64) * scale_in

    def node(self, op, name, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=name, **attributes))
        return output


def export_int8(net, images, path):
    x = as_input(images)
    with torch.no_grad():
        maxima, value = [], x
        for layer in net:
            value = layer(value)
            maxima.append(float(value.max()))
        low = float(value.min())
    # A Relu's peak (with the pooled one the same tensor) fixes the scale of the uint8 tensor it becomes.
    scale = {"x": 1 / 255, "c1": maxima[1] / 255, "c2": maxima[3] / 255, "c3": maxima[6] / 255}
    top = max(maxima[-1], -low)
    scale["y"] = 2 * top / 255

    b = Int8Builder()
    zero = b.constant("zero", np.uint8(0))
    mid = b.constant("scores_zero", np.uint8(128))
    for name, value in scale.items():
        b.scale(name, value)
    value = b.node("QuantizeLinear", "quantize", ["image", "x_scale", zero], "x")

    def conv(name, layer, value, scale_in, scale_out, output):
        weight = layer.weight.detach().numpy()
        both = b.weights(name, weight, 0, scale[scale_in])
        bias = b.constant(name + "_bias", np.rint(layer.bias.detach().numpy() / both).astype(np.int32))
        return b.node(
            "QLinearConv", name,
            [value, scale_in + "_scale", zero, name + "_weight", name + "_weight_scale", name + "_weight_zero",
             scale_out + "_scale", zero, bias], output, kernel_shape=[3, 3], pads=[1, 1, 1, 1])

    value = conv("conv1", net[0], value, "x", "c1", "c1")
    value = conv("conv2", net[2], value, "c1", "c2", "c2")
    value = b.node("MaxPool", "pool", [value], "p2", kernel_shape=[2, 2], strides=[2, 2])
    value = conv("conv3", net[5], value, "c2", "c3", "c3")
    value = b.node("Flatten", "flatten", [value], "f3", axis=1)
    b.weights("head", net[8].weight.detach().numpy().T, 1, scale["c3"])
    value = b.node(
        "QLinearMatMul", "head",
        [value, "c3_scale", zero, "head_weight", "head_weight_scale", "head_weight_zero", "y_scale", mid], "y")
    value = b.node("DequantizeLinear", "dequantize", [value, "y_scale", mid], "product")
    bias = b.constant("head_bias", net[8].bias.detach().numpy())
    b.node("Add", "add_bias", [value, bias], "scores")

    graph = helper.make_graph(
        b.nodes, "digits-cnn-int8",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 8, 8])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 10])], b.constants)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="opengradient-optimistic",
        ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    train_x, test_x, train_y, test_y = data()

    torch.manual_seed(SEED)
    export_float(fit(mlp(), train_x, train_y, 60), HERE / "digits-mlp" / "model.onnx")
    torch.manual_seed(SEED)
    export_float(fit(cnn(), train_x, train_y, 40), HERE / "digits-cnn" / "model.onnx")
    torch.manual_seed(SEED)
    export_int8(fit(cnn_for_int8(), train_x, train_y, 40), train_x, HERE / "digits-cnn-int8" / "model.onnx")

    rows = ",\n".join(
        json.dumps([int(label), base64.b64encode(image.tobytes()).decode()], separators=(",", ":"))
        for image, label in zip(test_x, test_y))
    (HERE / "digits-test" / "digits.json").write_text(
        '{"shape":[1,1,8,8],"divisor":16,"note":"each row: label, base64 of 64 pixel values 0..16",\n'
        '"rows":[\n' + rows + "\n]}\n")


if __name__ == "__main__":
    main()
