#!/bin/sh
# onnxruntime-node 1.30.0: Col2Im of an image of other than two axes takes dilated blocks for ones that are not.
#
# Expected: a block of 2 places with dilation 2, moved along an image of 5 places, stands at 3 of them and adds its elements two places
# apart: of 2 channels, whose columns are 1 … 6 and 7 … 12, that is 1 2 7 5 6 and 7 8 19 11 12.
# Behaviour: one axis and three go another way than two, which counts the places of a block as if it were not dilated: it takes 4
# columns where there are 3, so elements of the next place, and of the next channel, are added, and the last ones are missing. Two axes
# are right.
#
# Output seen:
#   1 2 7 5 13 10 11 12 0 0
#
# Exits with 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 >/dev/null 2>&1
cat >run.cjs <<'JS'
const ort = require("onnxruntime-node");
// Enough of protobuf to write an ONNX model.
const varint = (n) => { const out = []; for (; n > 127; n = Math.floor(n / 128)) out.push((n % 128) | 128); return [...out, n]; };
const int = (field, n) => [...varint(field * 8), ...varint(n)];
const bytes = (field, data) => [...varint(field * 8 + 2), ...varint(data.length), ...data];
const text = (field, s) => bytes(field, Buffer.from(s));
const value = (field, name, type, dims) => bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...int(1, type), ...bytes(2, dims.flatMap((dim) => bytes(1, int(1, dim))))]))]);
const constant = (name, values) => bytes(5, [...int(1, values.length), ...int(2, 7), ...text(8, name), ...bytes(9, [...new Uint8Array(BigInt64Array.from(values, BigInt).buffer)])]);
const dilations = bytes(5, [...text(1, "dilations"), ...int(8, 2), ...int(20, 7)]);
const node = [...text(1, "x"), ...text(1, "image"), ...text(1, "block"), ...text(2, "y"), ...text(4, "Col2Im"), ...dilations];
const graph = [...bytes(1, node), ...text(2, "g"), ...constant("image", [5]), ...constant("block", [2]), ...value(11, "x", 1, [1, 4, 3]), ...value(12, "y", 1, [1, 2, 5])];
const model = Uint8Array.from([...int(1, 8), ...bytes(7, graph), ...bytes(8, [...text(1, ""), ...int(2, 18)])]);
(async () => {
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: "disabled", intraOpNumThreads: 1, logSeverityLevel: 4 });
  const { data } = (await session.run({ x: new ort.Tensor("float32", Float32Array.from({ length: 12 }, (_, i) => i + 1), [1, 4, 3]) })).y;
  console.log(data.join(" "));
  process.exit(data.join(" ") === "1 2 7 5 13 10 11 12 0 0" ? 0 : 1);
})();
JS
node run.cjs
