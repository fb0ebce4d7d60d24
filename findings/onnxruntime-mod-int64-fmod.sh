#!/bin/sh
# onnxruntime-node 1.30.0: Mod of int64 with fmod=1 is computed in float64, and is wrong for numbers beyond 2^53.
#
# Expected: fmod=1 asks for the remainder with the sign of the dividend, as C's % of integers gives it. Of 2^53 + 1 and 10 that is 3.
# Behaviour: both operands are converted to float64, C's fmod is taken, and the result converted back: 2^53 + 1 becomes 2^53, of which
# the remainder is 2. With fmod=0 the same node computes with integers.
#
# Output seen:
#   fmod=1: 9007199254740993 mod 10 = 2, 1152921504606846983 mod 10 = 6, 100 mod 7 = 2
#   fmod=0: 9007199254740993 mod 10 = 3, 1152921504606846983 mod 10 = 3, 100 mod 7 = 2
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
const value = (field, name) => bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...int(1, 7), ...bytes(2, bytes(1, int(1, 3)))]))]);
const model = (fmod) => {
  const node = [...text(1, "a"), ...text(1, "b"), ...text(2, "z"), ...text(4, "Mod"), ...bytes(5, [...text(1, "fmod"), ...int(3, fmod), ...int(20, 2)])];
  return Uint8Array.from([...int(1, 8), ...bytes(7, [...bytes(1, node), ...text(2, "g"), ...value(11, "a"), ...value(11, "b"), ...value(12, "z")]), ...bytes(8, [...text(1, ""), ...int(2, 13)])]);
};
(async () => {
  const [a, b] = [[2n ** 53n + 1n, 2n ** 60n + 7n, 100n], [10n, 10n, 7n]];
  const of = (values) => new ort.Tensor("int64", BigInt64Array.from(values), [3]);
  const seen = [];
  for (const fmod of [1, 0]) {
    const session = await ort.InferenceSession.create(model(fmod), { graphOptimizationLevel: "disabled", intraOpNumThreads: 1, logSeverityLevel: 4 });
    const { data } = (await session.run({ a: of(a), b: of(b) })).z;
    seen.push(`fmod=${fmod}: ${a.map((dividend, i) => `${dividend} mod ${b[i]} = ${data[i]}`).join(", ")}`);
  }
  seen.forEach((line) => console.log(line));
  const expected = [
    "fmod=1: 9007199254740993 mod 10 = 2, 1152921504606846983 mod 10 = 6, 100 mod 7 = 2",
    "fmod=0: 9007199254740993 mod 10 = 3, 1152921504606846983 mod 10 = 3, 100 mod 7 = 2",
  ];
  process.exit(seen.join() === expected.join() ? 0 : 1);
})();
JS
node run.cjs
