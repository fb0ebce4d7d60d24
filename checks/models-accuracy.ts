/** Reprints how well every shipped model does, and the slack of those that state one: `npm run models:accuracy`. Exit code 1 if a card disagrees. */
import { isDeepStrictEqual } from "node:util";
import { readCard, type Figures } from "../models/cards.ts";
import { measureFigures, measureModelSlack, shippedNames } from "../models/heldOut.ts";
import { describeSlack } from "../oracle/cli/slack.ts";
import { ortRuntime } from "../oracle/runtime/ort.ts";

function describe({ accuracy, loss, beside = {} }: Figures): string[] {
  const own = [
    ...(accuracy === undefined ? [] : [`${accuracy.right}/${accuracy.total}  ${((100 * accuracy.right) / accuracy.total).toFixed(1)} %`]),
    ...(loss === undefined ? [] : [`${loss.measure} ${loss.mean} over ${loss.total}`]),
  ];
  return [...own, ...Object.entries(beside).map(([way, figure]) => `${way}: ${figure}`)];
}

for (const name of shippedNames) {
  const { accuracy, loss, beside, slack } = readCard(name);
  const figures = await measureFigures(ortRuntime, name);
  const stated: Figures = { ...(accuracy && { accuracy }), ...(loss && { loss }), ...(beside && { beside }) };
  const measured = slack && (await measureModelSlack(ortRuntime, name));
  const agrees = isDeepStrictEqual(figures, stated) && isDeepStrictEqual(measured, slack);
  const texts = [...describe(figures), ...(measured === undefined ? [] : [`slack ${describeSlack(measured, "image")}`])];
  console.log(`${name.padEnd(16)} ${texts.join("  ")}${agrees ? "" : "  CARD DISAGREES"}`);
  if (!agrees) process.exitCode = 1;
}
