#!/bin/sh
# onnxruntime-node 1.30.0: x³ by Pow depends on the shape of x.
#
# Expected: Pow works element by element, so 2,000 numbers raised to the power of 3 give the same 2,000 results as a row and as a
# column, at every level of optimisation.
# Behaviour: where the innermost axis has more than one element the kernel multiplies, (x · x) · x with two roundings; where it has
# one, as in a column of features, it calls the power function of the C library, which rounds once. With exponent 2 both agree,
# since x · x has one rounding, too. Whoever reshapes a tensor before a Pow changes bits of its results.
#
# Output seen:
#   exponent 2: 0 of 2000 results of a column differ from those of a row
#   exponent 3: 503 of 2000 results of a column differ from those of a row
#   a row is (x · x) · x in 2000 of 2000 places, a column in 1497
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
const node = bytes(1, [...text(1, "x"), ...text(1, "e"), ...text(2, "y"), ...text(4, "Pow")]);
const model = (dims) => Uint8Array.from([...int(1, 8), ...bytes(7, [...node, ...text(2, "g"), ...value(11, "x", dims), ...value(11, "e", [1]), ...value(12, "y", dims)]), ...bytes(8, [...text(1, ""), ...int(2, 15)])]);
async function pow(x, dims, exponent) {
  const session = await ort.InferenceSession.create(model(dims), { graphOptimizationLevel: "disabled", intraOpNumThreads: 1, logSeverityLevel: 4 });
  const feeds = { x: new ort.Tensor("float32", x, dims), e: new ort.Tensor("float32", Float32Array.of(exponent), [1]) };
  return (await session.run(feeds)).y.data;
}
(async () => {
  // Numbers between −5 and 5 from a generator with a fixed start.
  let state = 1;
  const x = Float32Array.from({ length: 2000 }, () => (state = (state * 48271) % 2147483647) / 214748364.7 - 5);
  const seen = [];
  let cubes;
  for (const exponent of [2, 3]) {
    const [row, column] = [await pow(x, [1, 2000], exponent), await pow(x, [2000, 1], exponent)];
    seen.push(`exponent ${exponent}: ${column.filter((v, i) => v !== row[i]).length} of 2000 results of a column differ from those of a row`);
    cubes = [row, column];
  }
  const multiplied = ([...list]) => list.filter((v, i) => v === Math.fround(Math.fround(x[i] * x[i]) * x[i])).length;
  seen.push(`a row is (x · x) · x in ${multiplied(cubes[0])} of 2000 places, a column in ${multiplied(cubes[1])}`);
  seen.forEach((line) => console.log(line));
  const expected = [
    "exponent 2: 0 of 2000 results of a column differ from those of a row",
    "exponent 3: 503 of 2000 results of a column differ from those of a row",
    "a row is (x · x) · x in 2000 of 2000 places, a column in 1497",
  ];
  process.exit(seen.join() === expected.join() ? 0 : 1);
})();
JS
node run.cjs
