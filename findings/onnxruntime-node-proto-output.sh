#!/bin/sh
# onnxruntime-node 1.30.0 with onnxruntime-common 1.30.0: the output of a model named __proto__ cannot be had.
#
# ONNX allows the name, and the session is created and announces it. One would expect a run to give it like any other.
#
# Seen: "At least one output should be requested." InferenceSession.run collects what is to be fetched in {} by assignment,
# which for this name sets the object's prototype and makes no entry.
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
const named = (input, output) => model(node("Relu", [input], output), value(11, input, 1, [2]), value(12, output, 1));
(async () => {
  const x = new ort.Tensor("float32", [-1, 1], [2]);
  const outcomes = [];
  for (const [input, output] of [["x", "y"], ["x", "__proto__"]]) {
    const session = await ort.InferenceSession.create(named(input, output));
    const outcome = await session.run({ [input]: x }).then(
      (made) => (Object.hasOwn(made, output) ? `gives ${[...made[output].data]}` : "gives nothing of that name"),
      (error) => `fails: ${error.message}`,
    );
    outcomes.push(outcome);
    console.log(`input ${session.inputNames[0]}, output ${session.outputNames[0]}: ${outcome}`);
  }
  process.exit(outcomes.join() === "gives 0,1,fails: At least one output should be requested." ? 0 : 1);
})();
JS
node run.cjs
