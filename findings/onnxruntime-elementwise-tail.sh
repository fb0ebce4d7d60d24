#!/bin/sh
# onnxruntime-node 1.30.0 on x86-64 with AVX: of one number Elu, Log, Atan and others give several results, by the place in the tensor.
#
# Expected: an operator that works element by element gives equal results for equal elements. A tensor of 1,003 equal numbers
# becomes a tensor of 1,003 equal numbers.
# Behaviour: Elu, Selu, Softplus, Atan, Log and Sin are computed in groups of eight with a vector form of the function, and what is
# left over after the last full group with another form. Of 500 numbers tried the last three of 1,003 places differ from the others
# for up to 266. Exp, Tanh and Sigmoid have one form for all places. To cut, pad or batch a tensor otherwise changes bits of its results.
#
# Output seen:
#   Elu: 22 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003
#   Selu: 20 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003
#   Softplus: 266 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003
#   Atan: 206 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003
#   Log: 85 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003
#   Sin: 60 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003
#   Exp: 0 of 500 numbers with two results, the second at the places (none) of 1003
#   Tanh: 0 of 500 numbers with two results, the second at the places (none) of 1003
#   Sigmoid: 0 of 500 numbers with two results, the second at the places (none) of 1003
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
const value = (field, name, dims) => bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...int(1, 1), ...bytes(2, dims.flatMap((d) => bytes(1, int(1, d))))]))]);
const model = (op) => Uint8Array.from([...int(1, 8), ...bytes(7, [...bytes(1, [...text(1, "x"), ...text(2, "y"), ...text(4, op)]), ...text(2, "g"), ...value(11, "x", [1003]), ...value(12, "y", [1003])]), ...bytes(8, [...text(1, ""), ...int(2, 12)])]);
(async () => {
  const seen = [];
  for (const op of ["Elu", "Selu", "Softplus", "Atan", "Log", "Sin", "Exp", "Tanh", "Sigmoid"]) {
    const session = await ort.InferenceSession.create(model(op), { graphOptimizationLevel: "disabled", intraOpNumThreads: 1, logSeverityLevel: 4 });
    const places = new Set();
    let numbers = 0;
    for (let i = 0; i < 500; i++) {
      const x = new Float32Array(1003).fill((op === "Log" ? 0.01 : -5) + i * 0.01);
      const { data } = (await session.run({ x: new ort.Tensor("float32", x, [1003]) })).y;
      const other = [...data.keys()].filter((place) => data[place] !== data[0]);
      for (const place of other) places.add(place);
      if (other.length > 0) numbers++;
    }
    seen.push(`${op}: ${numbers} of 500 numbers with two results, the second at the places ${[...places].join(" ") || "(none)"} of 1003`);
  }
  seen.forEach((line) => console.log(line));
  const expected = [
    "Elu: 22 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003",
    "Selu: 20 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003",
    "Softplus: 266 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003",
    "Atan: 206 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003",
    "Log: 85 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003",
    "Sin: 60 of 500 numbers with two results, the second at the places 1000 1001 1002 of 1003",
    "Exp: 0 of 500 numbers with two results, the second at the places (none) of 1003",
    "Tanh: 0 of 500 numbers with two results, the second at the places (none) of 1003",
    "Sigmoid: 0 of 500 numbers with two results, the second at the places (none) of 1003",
  ];
  process.exit(seen.join() === expected.join() ? 0 : 1);
})();
JS
node run.cjs
