/** What the calculator computes with, read when the site is built: measured gas, and the parameters of a deployment. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readFigures } from "../../../checks/economics/figures.ts";
import type { Figures } from "../../../checks/economics/gas.ts";
import { ROOT } from "../documents.ts";

/** The network whose figures docs/economics.md shows. */
const NETWORK = "sepolia";

export interface Given {
  readonly figures: Figures;
  /** Decimal text, by name. */
  readonly parameters: Readonly<Record<string, string>>;
}

declare const data: Given;
export { data };

export default {
  watch: ["../../../test/snapshots/gas-*.json", "../../../checks/bench/gas.json", "../../../ignition/parameters/*.json"],
  load(): Given {
    const parameters = readFileSync(join(ROOT, "ignition", "parameters", `${NETWORK}.json`), "utf8");
    return { figures: readFigures(), parameters: JSON.parse(parameters) as Given["parameters"] };
  },
};
