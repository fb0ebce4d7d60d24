/**
 * Trains example models anew, in minutes, and writes their files:
 *
 *     node models/train.ts volatility regime-lstm digits-vit            then    npm run models:accuracy
 *
 *     --check         writes nothing; exit code 1 unless the same bytes come of it
 *     --digits FILE   scikit-learn's digits.csv.gz, where Debian's python3-sklearn does not bring it along
 *
 * All of it is seeded, and Node computes the same numbers on every machine.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as digitsVit from "./digits-vit/train.ts";
import * as regimeLstm from "./regime-lstm/train.ts";
import * as volatility from "./volatility/train.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: "boolean" }, digits: { type: "string" } } });
const TRAININGS: Readonly<Record<string, () => Uint8Array>> = {
  volatility: volatility.train,
  "regime-lstm": regimeLstm.train,
  "digits-vit": () => digitsVit.train(values.digits),
};

const unknown = positionals.filter((name) => TRAININGS[name] === undefined);
if (positionals.length === 0 || unknown.length > 0) throw new Error(`there is no training of "${unknown.join()}": name some of ${Object.keys(TRAININGS).join(", ")}`);
for (const name of positionals) {
  console.log(name);
  const file = new URL(`${name}/model.onnx`, import.meta.url);
  const trained = TRAININGS[name]();
  if (values.check !== true) writeFileSync(file, trained);
  else if (!readFileSync(file).equals(trained)) {
    console.log(`${name}: another file comes of it than the one that is here`);
    process.exitCode = 1;
  }
}
