/** Reprints the test accuracy and the slack of every shipped model: `npm run models:accuracy`. Exit code 1 if a card disagrees. */
import { isDeepStrictEqual } from "node:util";
import { measureAccuracy, measureModelSlack, modelNames, readCard } from "../models/digits.ts";
import { describeSlack } from "../oracle/cli/slack.ts";
import { ortRuntime } from "../oracle/runtime/ort.ts";

for (const name of modelNames) {
  const card = readCard(name);
  const accuracy = await measureAccuracy(ortRuntime, name);
  const slack = await measureModelSlack(ortRuntime, name);
  const { right, total } = accuracy;
  const agrees = isDeepStrictEqual(accuracy, card.accuracy) && isDeepStrictEqual(slack, card.slack);
  const figures = `${right}/${total}  ${((100 * right) / total).toFixed(1)} %  slack ${describeSlack(slack, "image")}`;
  console.log(`${name.padEnd(16)} ${figures}${agrees ? "" : "  CARD DISAGREES"}`);
  if (!agrees) process.exitCode = 1;
}
