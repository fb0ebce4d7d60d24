/** From a network's parameter file to a report, and from reports to the document's tables. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { claims, type Market } from "./claims.ts";
import { readConstants, type Constants } from "./constants.ts";
import { readFigures } from "./figures.ts";
import { gasTable, modelSizes } from "./gas.ts";
import { baitTable, claimTable, constantsTable, damageTables, sizeTable, type Report } from "./report.ts";

/** Every network with a parameter file. */
export const NETWORKS: readonly string[] = readdirSync(join(import.meta.dirname, "..", "..", "ignition", "parameters"))
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length))
  .sort();
/** The one that the document's figures are for; the others are in its table of constants, and their claims are checked. */
export const SHOWN = "sepolia";

export interface Options {
  readonly opgPerMgas: number;
  readonly ratePercent: number;
  readonly bond: bigint;
  readonly fee: bigint;
}

/**
 * A million gas for 1 OPG: for example 0.05 gwei, 4,000 dollars for an ether and 20 cents for an OPG. Capital at 10 % a
 * year; a job of 1 OPG with a bond of 1,000.
 */
export const DEFAULTS: Options = { opgPerMgas: 1, ratePercent: 10, bond: 1_000n * 10n ** 18n, fee: 10n ** 18n };

export function assess(network: string, c: Constants, options: Options): Report {
  const figures = readFigures();
  const sizes = modelSizes(figures);
  const size = sizes.find(({ name }) => name === "ResNet-50")!;
  const market: Market = { price: BigInt(Math.round(options.opgPerMgas * 1e12)), rateBps: BigInt(Math.round(options.ratePercent * 100)) };
  const setting = { c, gas: gasTable(figures), size, bond: options.bond, fee: options.fee };
  return { network, setting, market, sizes, claims: claims(setting, sizes, market) };
}

/** All tables of docs/economics.md, by the names of their marks. */
export async function documentParts(): Promise<Record<string, string>> {
  const constants: Record<string, Constants> = {};
  for (const network of NETWORKS) constants[network] = await readConstants(network);
  const report = assess(SHOWN, constants[SHOWN], DEFAULTS);
  return {
    constants: constantsTable(constants),
    damage: damageTables(report),
    sizes: sizeTable(report),
    bait: baitTable(report),
    claims: claimTable(report),
  };
}
