#!/bin/sh
# onnxruntime-node 1.30.0 (CPU): whether the optional output "Indices" of a MaxPool is named changes the first output.
#
# MaxPool, opset 12, kernel 2, of [1, NaN, 2, 3]. One would expect the same maxima whether the indices are asked for or not.
#
# Seen (x86-64): 1 2 3 without the indices, 1 NaN 3 with them: another kernel, which takes the first of two operands of which
# one is a NaN. So a tool that cuts an output that nobody reads changes what the model computes.
#
# Exits with 0 while that is so, with 1 when it is no longer.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --ignore-scripts --no-audit --no-fund onnxruntime-node@1.30.0 >/dev/null
cat >run.cjs <<'JS'
const ort = require("onnxruntime-node");
// Enough of protobuf to write an ONNX model.
const varint = (n) => { const out = []; for (; n > 127; n = Math.floor(n / 128)) out.push((n % 128) | 128); return [...out, n]; };
const int = (field, n) => [...varint(field * 8), ...varint(n)];
const bytes = (field, data) => [...varint(field * 8 + 2), ...varint(data.length), ...data];
const text = (field, s) => bytes(field, Buffer.from(s));
const ints = (name, values) => bytes(5, [...text(1, name), ...values.flatMap((v) => int(8, v)), ...int(20, 7)]);
const value = (field, name, dims) => bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...int(1, 1), ...(dims ? bytes(2, dims.flatMap((d) => bytes(1, int(1, d)))) : [])]))]);
const model = (outputs) => Uint8Array.from([
  ...int(1, 8),
  ...bytes(7, [...bytes(1, [...text(1, "x"), ...outputs.flatMap((name) => text(2, name)), ...text(4, "MaxPool"), ...ints("kernel_shape", [2])]), ...text(2, "g"), ...value(11, "x", [1, 1, 4]), ...value(12, "y")]),
  ...bytes(8, [...text(1, ""), ...int(2, 12)]),
]);
(async () => {
  const x = new ort.Tensor("float32", Float32Array.of(1, NaN, 2, 3), [1, 1, 4]);
  const lines = [];
  for (const outputs of [["y"], ["y", "indices"]]) {
    const session = await ort.InferenceSession.create(model(outputs), { graphOptimizationLevel: "disabled" });
    lines.push([...(await session.run({ x }, ["y"])).y.data].join(" "));
    console.log(`outputs ${outputs.join(", ").padEnd(10)}: ${lines.at(-1)}`);
  }
  process.exit(lines.join() === "1 2 3,1 NaN 3" ? 0 : 1);
})();
JS
node run.cjs
