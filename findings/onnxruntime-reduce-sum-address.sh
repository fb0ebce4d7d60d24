#!/bin/sh
# onnxruntime-node 1.30.0: the result of ReduceSum depends on where in its ArrayBuffer the input lies.
#
# Expected: the same numbers, handed over as a Float32Array at any valid byteOffset, give the same sum.
# Behaviour: the sum of the same 1,000 numbers has four values, by the byteOffset modulo 16. The binding hands the memory over
# without a copy, and the kernel begins its vector sums at the next address that 16 divides. So two programs that cut their input
# from a file or a message at other places differ in the last bits, and none is wrong. A MatMul with ones does not depend on it.
#
# Output seen:
#   byteOffset 0: 10.361743927001953
#   byteOffset 4: 10.361751556396484
#   byteOffset 8: 10.361749649047852
#   byteOffset 12: 10.361745834350586
#   byteOffset 16: 10.361743927001953
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
const node = bytes(1, [...text(1, "x"), ...text(2, "y"), ...text(4, "ReduceSum"), ...bytes(5, [...text(1, "axes"), ...int(8, 0), ...int(20, 7)]), ...bytes(5, [...text(1, "keepdims"), ...int(3, 0), ...int(20, 2)])]);
const model = Uint8Array.from([...int(1, 8), ...bytes(7, [...node, ...text(2, "g"), ...value(11, "x", [1000]), ...value(12, "y", [])]), ...bytes(8, [...text(1, ""), ...int(2, 12)])]);
(async () => {
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: "disabled", intraOpNumThreads: 1, logSeverityLevel: 4 });
  // Numbers between −5 and 5 from a generator with a fixed start.
  let state = 1;
  const numbers = Float32Array.from({ length: 1000 }, () => (state = (state * 48271) % 2147483647) / 214748364.7 - 5);
  const seen = [];
  for (const offset of [0, 4, 8, 12, 16]) {
    const x = new Float32Array(new ArrayBuffer(4096), offset, 1000);
    x.set(numbers);
    seen.push(`byteOffset ${offset}: ${(await session.run({ x: new ort.Tensor("float32", x, [1000]) })).y.data[0]}`);
  }
  seen.forEach((line) => console.log(line));
  const expected = [
    "byteOffset 0: 10.361743927001953",
    "byteOffset 4: 10.361751556396484",
    "byteOffset 8: 10.361749649047852",
    "byteOffset 12: 10.361745834350586",
    "byteOffset 16: 10.361743927001953",
  ];
  process.exit(seen.join() === expected.join() ? 0 : 1);
})();
JS
node run.cjs
