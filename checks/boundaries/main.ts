/**
 * Checks what docs/architecture.md promises of the order of the code: the direction of imports in both languages, no circle, a
 * pure core, files and functions of a size, the twin rule, and that packages name what they need. Prints every breach and exits
 * with code 1 if there is one.
 */
import { join } from "node:path";
import { OPERATORS } from "../../core/operators/index.ts";
import { arrows } from "./arrows.ts";
import { circles } from "./circles.ts";
import { dependencies } from "./dependencies.ts";
import { EXCEPTIONS } from "./exceptions.ts";
import { impurities } from "./purity.ts";
import { sizes } from "./sizes.ts";
import { lacking } from "./twins.ts";

const root = join(import.meta.dirname, "..", "..");
const faults = [
  ...arrows(root),
  ...circles(root),
  ...impurities(root),
  ...sizes(root, EXCEPTIONS),
  ...lacking(root, OPERATORS),
  ...dependencies(root, ["core", "sdk", "oracle", "web"]),
];

for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? "boundaries: in order" : `boundaries: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
