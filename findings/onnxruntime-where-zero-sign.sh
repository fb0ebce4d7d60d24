#!/bin/sh
# onnxruntime-node 1.30.0: Where loses the sign of a zero that it takes from its first choice, and keeps that of one from the second.
#
# Expected: Where copies elements. Of a condition that holds at the first and the third place it gives X there and Y elsewhere, every
# bit as it was.
# Behaviour: −0 taken from X becomes +0; −0 taken from Y stays −0, where the condition is true elsewhere or nowhere. Whoever writes an
# operator in terms of Where (a mask, a clip, an absolute value) changes signs of zeros, which a later division shows as an infinity
# of the other sign.
#
# Output seen:
#   condition true false true false: 0 -0 5 -0
#   condition true true true true: 0 1 5 6
#   condition false false false false: 1 -0 7 -0
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
const value = (field, name, type) => bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...int(1, type), ...bytes(2, bytes(1, int(1, 4)))]))]);
const node = [...text(1, "c"), ...text(1, "x"), ...text(1, "y"), ...text(2, "z"), ...text(4, "Where")];
const model = Uint8Array.from([...int(1, 8), ...bytes(7, [...bytes(1, node), ...text(2, "g"), ...value(11, "c", 9), ...value(11, "x", 1), ...value(11, "y", 1), ...value(12, "z", 1)]), ...bytes(8, [...text(1, ""), ...int(2, 16)])]);
(async () => {
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: "disabled", intraOpNumThreads: 1, logSeverityLevel: 4 });
  const floats = (...values) => new ort.Tensor("float32", Float32Array.from(values), [4]);
  const seen = [];
  for (const condition of [[1, 0, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]]) {
    const { data } = (await session.run({ c: new ort.Tensor("bool", Uint8Array.from(condition), [4]), x: floats(-0, 1, 5, 6), y: floats(1, -0, 7, -0) })).z;
    seen.push(`condition ${condition.map((c) => c === 1).join(" ")}: ${Array.from(data, (v) => (Object.is(v, -0) ? "-0" : v)).join(" ")}`);
  }
  seen.forEach((line) => console.log(line));
  const expected = ["condition true false true false: 0 -0 5 -0", "condition true true true true: 0 1 5 6", "condition false false false false: 1 -0 7 -0"];
  process.exit(seen.join() === expected.join() ? 0 : 1);
})();
JS
node run.cjs
