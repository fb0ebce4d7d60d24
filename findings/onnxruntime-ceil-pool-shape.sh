#!/bin/sh
# onnxruntime-node 1.30.0 (CPU): the shape that it infers for a pool with ceil_mode is not the shape that its kernel makes.
#
# MaxPool, opset 12, kernel 1, stride 2, ceil_mode 1, on a map of 8: the window that would begin at place 8 lies behind the
# map. One would expect the inferred shape, the kernel's output and a Shape node behind the pool to agree at every
# optimisation level.
#
# Seen: the kernel makes [1,1,4]; the session announces [1,1,5]; a Shape node behind the pool gives [1,1,4] at level
# "disabled" and, folded to a constant at level "basic", [1,1,5]. So the level changes what a model computes, and
# Reshape(p, Shape(p)), which runs at "disabled", fails at "basic".
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
const flag = (name, value) => bytes(5, [...text(1, name), ...int(3, value), ...int(20, 2)]);
const node = (op, inputs, output, attributes = []) => bytes(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, op), ...attributes]);
const value = (field, name, type, dims) => bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...int(1, type), ...(dims ? bytes(2, dims.flatMap((d) => bytes(1, int(1, d)))) : [])]))]);
const pool = node("MaxPool", ["x"], "p", [...ints("kernel_shape", [1]), ...ints("strides", [2]), ...flag("ceil_mode", 1)]);
const model = (nodes, outputs) => Uint8Array.from([...int(1, 8), ...bytes(7, [...pool, ...nodes, ...text(2, "g"), ...value(11, "x", 1, [1, 1, 8]), ...outputs]), ...bytes(8, [...text(1, ""), ...int(2, 12)])]);
const x = new ort.Tensor("float32", Float32Array.from({ length: 8 }, (_, i) => i), [1, 1, 8]);
async function run(level, nodes, outputs) {
  const session = await ort.InferenceSession.create(model(nodes, outputs), { graphOptimizationLevel: level, logSeverityLevel: 4 });
  return { announced: session.outputMetadata.map(({ shape }) => shape), made: Object.values(await session.run({ x })) };
}
(async () => {
  const seen = [];
  for (const level of ["disabled", "basic"]) {
    const shape = await run(level, node("Shape", ["p"], "s"), [...value(12, "p", 1), ...value(12, "s", 7)]);
    const reshaped = await run(level, [...node("Shape", ["p"], "s"), ...node("Reshape", ["p", "s"], "y")], value(12, "y", 1)).then(() => "runs", () => "fails");
    seen.push(`${level}: announced [${shape.announced[0]}], made [${shape.made[0].dims}], Shape gives [${[...shape.made[1].data]}], Reshape ${reshaped}`);
  }
  seen.forEach((line) => console.log(line));
  const expected = [
    "disabled: announced [1,1,5], made [1,1,4], Shape gives [1,1,4], Reshape runs",
    "basic: announced [1,1,5], made [1,1,4], Shape gives [1,1,5], Reshape fails",
  ];
  process.exit(seen.join() === expected.join() ? 0 : 1);
})();
JS
node run.cjs
