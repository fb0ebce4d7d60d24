/**
 * `npm run economics`: who can burn how much of whose money, and whether what docs/economics.md claims holds for a
 * network's parameters; exits with 1 if something does not. `--network NAME` (ignition/parameters/NAME.json),
 * `--opg-per-mgas X` (OPG that a million gas costs), `--rate PERCENT` (yearly cost of capital), `--bond OPG`,
 * `--fee OPG`, `--json` (one line), `--write` (the document's tables).
 */
import { parseArgs } from "node:util";
import { parseUnits } from "ethers";
import { holds } from "./claims.ts";
import { readConstants } from "./constants.ts";
import { filled, readDocument, writeDocument } from "./document.ts";
import { assess, DEFAULTS, documentParts, SHOWN } from "./economics.ts";
import { net, scenarios, type Party } from "./scenarios.ts";
import { baitTable, claimTable, damageTables, sizeTable } from "./report.ts";

const { values } = parseArgs({
  options: {
    network: { type: "string", default: SHOWN },
    "opg-per-mgas": { type: "string", default: String(DEFAULTS.opgPerMgas) },
    rate: { type: "string", default: String(DEFAULTS.ratePercent) },
    bond: { type: "string" },
    fee: { type: "string" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const positive = (name: "opg-per-mgas" | "rate"): number => {
  const value = Number(values[name]);
  if (!(value > 0 && value < 1e6)) throw new RangeError(`--${name} is a positive number, not ${values[name]}`);
  return value;
};

if (values.write) {
  writeDocument(filled(readDocument(), await documentParts()));
  console.log("docs/economics.md written");
} else {
  const report = assess(values.network, await readConstants(values.network), {
    opgPerMgas: positive("opg-per-mgas"),
    ratePercent: positive("rate"),
    bond: values.bond === undefined ? DEFAULTS.bond : parseUnits(values.bond),
    fee: values.fee === undefined ? DEFAULTS.fee : parseUnits(values.fee),
  });
  const { claims, setting, market } = report;
  const ok = claims.every(holds);
  if (values.json) {
    const parties = (s: { flows: object }): Party[] => Object.keys(s.flows) as Party[];
    const plain = {
      ...{ network: report.network, opgPerMgas: Number(market.price) / 1e12, constants: setting.c, ok },
      scenarios: scenarios(setting).map((s) => ({ ...s, net: Object.fromEntries(parties(s).map((p) => [p, net(s, p, market.price)])) })),
      claims: claims.map((claim) => ({ ...claim, holds: holds(claim) })),
    };
    console.log(JSON.stringify(plain, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)));
  } else {
    for (const part of [damageTables, sizeTable, baitTable, claimTable]) console.log(`${part(report)}\n`);
    console.log(ok ? "all claims hold" : `does not hold: ${claims.filter((claim) => !holds(claim)).map(({ id }) => id).join(", ")}`);
  }
  process.exitCode = ok ? 0 : 1;
}
