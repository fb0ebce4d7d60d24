/**
 * Takes out of the lock file what npm would act on needlessly; to be run after every change of a dependency.
 *  - Install scripts: what they fetch or build is used by nothing here, and it depends on npm's release whether a setting
 *    stops them. npm ci runs none that the lock file does not announce.
 *  - What EDR says of the release of Node, which is stricter than what it needs, and what pg-boss says of it, which opg runs on
 *    the newer Node that it brings along: npm would warn of both.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = process.argv[2] ?? "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8"));
for (const [name, locked] of Object.entries(lock.packages)) {
  delete locked.hasInstallScript;
  if (/@nomicfoundation\/edr|node_modules\/(pg-boss|non-error)$/.test(name)) delete locked.engines;
}
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
