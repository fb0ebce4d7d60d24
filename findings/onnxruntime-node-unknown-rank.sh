#!/bin/sh
# onnxruntime-node 1.30.0: a value of which not even the rank is known is announced as a scalar.
#
# One model reshapes its input to a shape that is an input too, so that nothing is known of the output's shape; another has a
# scalar output. One would expect outputMetadata to tell them apart, as the C API does.
#
# Seen: the shape is [] for both, and the run of the first gives [3,2].
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
const node = (op, inputs, output) => bytes(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, op)]);
const value = (field, name, type, dims) => bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...int(1, type), ...(dims ? bytes(2, dims.flatMap((d) => bytes(1, int(1, d)))) : [])]))]);
const model = (...parts) => Uint8Array.from([...int(1, 8), ...bytes(7, [...parts.flat(), ...text(2, "g")]), ...bytes(8, [...text(1, ""), ...int(2, 13)])]);
const scalar = model(node("Relu", ["x"], "y"), value(11, "x", 1, []), value(12, "y", 1));
const unknown = model(node("Reshape", ["x", "s"], "y"), value(11, "x", 1, [2, 3]), value(11, "s", 7, [2]), value(12, "y", 1));
(async () => {
  const seen = [];
  for (const [what, file, feeds] of [
    ["scalar", scalar, { x: new ort.Tensor("float32", [1], []) }],
    ["unknown", unknown, { x: new ort.Tensor("float32", new Float32Array(6), [2, 3]), s: new ort.Tensor("int64", [3n, 2n], [2]) }],
  ]) {
    const session = await ort.InferenceSession.create(file);
    const { y } = await session.run(feeds);
    seen.push(`${what}: announced [${session.outputMetadata[0].shape}], made [${y.dims}]`);
  }
  seen.forEach((line) => console.log(line));
  process.exit(seen.join() === "scalar: announced [], made [],unknown: announced [], made [3,2]" ? 0 : 1);
})();
JS
node run.cjs
