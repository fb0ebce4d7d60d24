import { formatEther } from "ethers";
import { fail, ok, warn } from "../../core/checkup.ts";
import type { Finding } from "../../core/checkup.ts";
import type { Config } from "../config/schema.ts";
import { challengePrice } from "../../core/dispute/prices.ts";
import type { Hex } from "../../core/hex.ts";
import { showOpg } from "../../core/words.ts";
import { warningsFor } from "../connect.ts";
import type { Connection } from "../connect.ts";
import type { Roles } from "./context.ts";

/** Whether an account can pay for what its roles do. */
export async function checkBalances(connection: Connection, config: Config, address: Hex, roles: Roles): Promise<readonly Finding[]> {
  const { reader } = connection;
  const { jobs, game } = reader.deployment;
  const [native, wallet, prepaid, atGame] = await Promise.all([
    reader.nativeBalance(address),
    reader.tokenBalance(address),
    reader.ledgerBalance(jobs, address),
    reader.ledgerBalance(game, address),
  ]);
  const held = `${formatEther(native)} of the native coin; ${showOpg(wallet)} in the wallet, ${showOpg(prepaid)} with the jobs registry, ${showOpg(atGame)} with the game`;
  const findings: Finding[] = [
    native === 0n ? fail("balances", `${address} has none of the native coin, so that nothing can be sent`, `send native coin for gas to ${address}`) : ok("balances", held),
  ];
  for (const { about, text } of await warningsFor(connection, config, address, roles.operator)) {
    // With nothing bonded no job is served at all.
    const judge = about === "bond" && (await reader.bond(address)).bonded === 0n ? fail : warn;
    const [says, fix] = text.split("; ");
    findings.push(judge("balances", says, fix ?? "see docs/operating.md"));
  }
  if (roles.watcher) findings.push(await checkChallenge(connection, config, wallet + atGame));
  return findings;
}

/** Versions that are looked at for what a challenge costs. */
const LOOKED_AT = 16;

async function checkChallenge({ reader }: Connection, { watcher }: Config, held: bigint): Promise<Finding> {
  const terms = await reader.gameTerms();
  const versions = watcher.versions === "all" ? await newestVersions(reader) : (watcher.versions as Hex[]);
  const bonds = await Promise.all(versions.map(async (version) => (await reader.quote(version)).minBond));
  const price = challengePrice(terms, bonds.reduce((most, bond) => (bond > most ? bond : most), 0n));
  if (held >= price) return ok("balances", `${showOpg(held)} pay for a challenge, which costs ${showOpg(price)} at the least bonds of the versions that are watched`);
  return fail("balances", `${showOpg(held)} do not pay for a challenge, which costs ${showOpg(price)} at the least bonds of the versions that are watched`, "send OPG to the account: a wrong result would go unchallenged");
}

async function newestVersions(reader: Connection["reader"]): Promise<Hex[]> {
  const count = Number(await reader.modelCount());
  const newest = Array.from({ length: Math.min(count, LOOKED_AT) }, (_, i) => BigInt(count - i));
  return (await Promise.all(newest.map((id) => reader.model(id)))).flatMap(({ versions }) => versions);
}

/** Whether the versions that are configured are there and take jobs. */
export async function checkVersions({ reader }: Connection, config: Config, roles: Roles): Promise<readonly Finding[]> {
  const named = (["operator", "watcher"] as const).flatMap((role) => {
    const { versions } = config[role];
    return roles[role] && versions !== "all" ? (versions as Hex[]).map((version) => ({ role, version })) : [];
  });
  return Promise.all(
    named.map(async ({ role, version }): Promise<Finding> => {
      const state = await reader.offerState(version);
      if (state === "published") return ok("versions", `${role}.versions: ${version} takes jobs`);
      const successor = state === "deprecated" ? await reader.successor(version) : undefined;
      return warn("versions", `${role}.versions: ${version} is ${state}`, successor === undefined ? `correct ${role}.versions; see: opg model list` : `name its successor in ${role}.versions: ${successor}`);
    }),
  );
}
