#!/usr/bin/env python3
"""Trains the gradient-boosted scorer of this folder and writes it as plain ONNX.

Data: scikit-learn's bundled copy of the UCI "Breast Cancer Wisconsin (Diagnostic)" data, 569 tumours of 30 measurements. One tumour in
five is held out: the model does not see it, and it lands in tumours.json.

    TreeEnsembleClassifier of ai.onnx.ml: trees of depth 3, one score, LOGISTIC      float32

Needs Debian's python3-sklearn and python3-onnx. Every seed is fixed; another version of scikit-learn may grow slightly different trees.
The card and the README are written by hand: `npm run models:accuracy` measures the accuracy that they state.

    python3 models/tumour-gbt/train.py
"""

import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import train_test_split

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261120
OPSET, ML, IR_VERSION = 17, 3, 8


def forest(model):
    """The trees as the attributes of a TreeEnsembleClassifier: of a binary problem every leaf has one weight."""
    nodes = {name: [] for name in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")}
    weights = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}
    for number, (stage,) in enumerate(model.estimators_):
        tree = stage.tree_
        for node in range(tree.node_count):
            is_leaf = tree.children_left[node] < 0
            nodes["treeids"].append(number)
            nodes["nodeids"].append(node)
            nodes["featureids"].append(0 if is_leaf else int(tree.feature[node]))
            # scikit-learn compares float32 features with float64 thresholds: the next float32 number below says the same.
            threshold = np.float32(tree.threshold[node])
            if float(threshold) > tree.threshold[node]:
                threshold = np.nextafter(threshold, np.float32(-np.inf), dtype=np.float32)
            nodes["values"].append(0.0 if is_leaf else float(threshold))
            nodes["modes"].append("LEAF" if is_leaf else "BRANCH_LEQ")
            nodes["truenodeids"].append(0 if is_leaf else int(tree.children_left[node]))
            nodes["falsenodeids"].append(0 if is_leaf else int(tree.children_right[node]))
            if is_leaf:
                weights["treeids"].append(number)
                weights["nodeids"].append(node)
                weights["ids"].append(0)
                weights["weights"].append(float(model.learning_rate * tree.value[node, 0, 0]))
    return {**{f"nodes_{name}": values for name, values in nodes.items()}, **{f"class_{name}": values for name, values in weights.items()}}


def main():
    data = load_breast_cancer()
    train_x, test_x, train_y, test_y = train_test_split(
        data.data.astype(np.float32), data.target, test_size=0.2, random_state=SEED, stratify=data.target)
    model = GradientBoostingClassifier(n_estimators=100, max_depth=3, random_state=SEED).fit(train_x, train_y)
    # The scores of both classes before any tree, whose difference is 0 where these are even.
    base = float(model._raw_predict_init(train_x[:1])[0, 0])
    node = helper.make_node(
        "TreeEnsembleClassifier", ["measurements"], ["label", "probabilities"], name="trees", domain="ai.onnx.ml",
        base_values=[base], classlabels_int64s=[0, 1], post_transform="LOGISTIC", **forest(model))
    graph = helper.make_graph(
        [node], "tumour-gbt",
        [helper.make_tensor_value_info("measurements", TensorProto.FLOAT, [1, 30])],
        [helper.make_tensor_value_info("label", TensorProto.INT64, [1]),
         helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 2])])
    written = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML)],
        producer_name="opengradient-optimistic", ir_version=IR_VERSION)
    onnx.checker.check_model(written)
    onnx.save(written, HERE / "model.onnx")
    rows = ",\n".join(json.dumps([int(label), [float(str(value)) for value in row]], separators=(",", ":")) for label, row in zip(test_y, test_x))
    (HERE / "tumours.json").write_text(f'{{"rows":[\n{rows}\n]}}\n')
    print(f"right: {int((model.predict(test_x) == test_y).sum())} of {len(test_y)}")


if __name__ == "__main__":
    main()
