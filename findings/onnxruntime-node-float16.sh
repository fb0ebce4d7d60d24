#!/bin/sh
# onnxruntime-node 1.30.0 on a Node that has Float16Array (24 and later): a float16 tensor cannot be fed.
#
# new Tensor("float16", Uint16Array) keeps its data as a Float16Array, where there is one. One would expect
# InferenceSession.run to take it.
#
# Seen: "not enough space: expected 8, got 0": the binding reads no element of a Float16Array. The same bits in a tensor of
# uint16 whose property `type` is overwritten with "float16" are read.
#
# Exits with 0 while that is so, with 1 when it is no longer, or where Node has no Float16Array.
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
const bits = () => Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400);
const plain = () => new ort.Tensor("float16", bits(), [2, 2]);
const disguised = () => Object.defineProperty(new ort.Tensor("uint16", bits(), [2, 2]), "type", { value: "float16" });
(async () => {
  const file = model(node("Transpose", ["x"], "y"), value(11, "x", 10, [2, 2]), value(12, "y", 10));
  const session = await ort.InferenceSession.create(file);
  const seen = [];
  for (const make of [plain, disguised]) {
    const x = make();
    const outcome = await session.run({ x }).then(({ y }) => [...y.data].join(" "), (error) => error.message);
    seen.push(outcome);
    console.log(`Node ${process.version}, ${x.data.constructor.name}: ${outcome}`);
  }
  process.exit(seen.join() === "not enough space: expected 8, got 0,1 3 2 4" ? 0 : 1);
})();
JS
node run.cjs
