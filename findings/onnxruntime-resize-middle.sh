#!/bin/sh
# onnxruntime-node 1.30.0: a Resize to the nearest element by a large whole factor takes some neighbours.
#
# Expected: an axis of 2 elements that grows k times holds k times the first and k times the second one. ONNX's half_pixel puts place x
# at (x + 0.5) / k − 0.5; for the last k-fold of the first element that is 0.5 − 1/(2k), nearer to 0 than to 1 for every k, and
# binary32 represents the difference for all k used here.
# Behaviour: from about k = 500,000 on the runtime takes a coordinate within about 10⁻⁶ of a middle for the middle itself. Then
# round_prefer_ceil repeats the first element once too seldom, and round_prefer_floor once too often. At 400,000 both are right.
#
# Output seen:
#   400000 times, round_prefer_floor: 400000 of the first element
#   400000 times, round_prefer_ceil: 400000 of the first element
#   600000 times, round_prefer_floor: 600001 of the first element
#   600000 times, round_prefer_ceil: 599999 of the first element
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
const word = (name, value) => bytes(5, [...text(1, name), ...text(4, value), ...int(20, 3)]);
const value = (field, name, dims) => bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...int(1, 1), ...bytes(2, dims.flatMap((d) => bytes(1, int(1, d))))]))]);
const floats = (name, values) => bytes(5, [...int(1, values.length), ...int(2, 1), ...text(8, name), ...bytes(9, Buffer.from(Float32Array.from(values).buffer))]);
function model(k, nearest) {
  const node = bytes(1, [...text(1, "x"), ...text(1, ""), ...text(1, "s"), ...text(2, "y"), ...text(4, "Resize"), ...word("mode", "nearest"), ...word("coordinate_transformation_mode", "half_pixel"), ...word("nearest_mode", nearest)]);
  return Uint8Array.from([...int(1, 8), ...bytes(7, [...node, ...text(2, "g"), ...floats("s", [1, k]), ...value(11, "x", [1, 2]), ...value(12, "y", [1, 2 * k])]), ...bytes(8, [...text(1, ""), ...int(2, 13)])]);
}
(async () => {
  const seen = [];
  for (const k of [400000, 600000]) {
    for (const nearest of ["round_prefer_floor", "round_prefer_ceil"]) {
      const session = await ort.InferenceSession.create(model(k, nearest), { graphOptimizationLevel: "disabled", intraOpNumThreads: 1, logSeverityLevel: 4 });
      const { data } = (await session.run({ x: new ort.Tensor("float32", Float32Array.of(0, 1), [1, 2]) })).y;
      seen.push(`${k} times, ${nearest}: ${data.filter((v) => v === 0).length} of the first element`);
    }
  }
  seen.forEach((line) => console.log(line));
  const expected = [
    "400000 times, round_prefer_floor: 400000 of the first element",
    "400000 times, round_prefer_ceil: 400000 of the first element",
    "600000 times, round_prefer_floor: 600001 of the first element",
    "600000 times, round_prefer_ceil: 599999 of the first element",
  ];
  process.exit(seen.join() === expected.join() ? 0 : 1);
})();
JS
node run.cjs
