/** Reprints the test accuracy of every shipped model: `npm run models:accuracy`. Exit code 1 if a card disagrees. */
import { measureAccuracy, modelNames, readCard } from "../models/digits.ts";
import { ortRuntime } from "../oracle/runtime/ort.ts";

for (const name of modelNames) {
  const { right, total } = await measureAccuracy(ortRuntime, name);
  const stated = readCard(name).accuracy;
  const agrees = stated.right === right && stated.total === total;
  console.log(`${name.padEnd(16)} ${right}/${total}  ${((100 * right) / total).toFixed(1)} %${agrees ? "" : "  CARD DISAGREES"}`);
  if (!agrees) process.exitCode = 1;
}
