import type { Interface } from "ethers";
import { z } from "zod";
import { ZERO_HASH } from "../../core/jobs/job.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChainReader, Deployment } from "../ports.ts";
import { gameInterface, jobsInterface, modelsInterface, stakesInterface, tokenInterface } from "./contracts.ts";
import { lower, number, uint } from "./view.ts";

const version = z
  .tuple([uint, lower, lower, lower, lower, uint, uint, number, number, lower, z.string(), z.string()])
  .transform(([modelId, programRoot, verifier, fileDigest, programDigest, price, minBond, minWindow, shareBps, header, fileURI, programURI]) => ({
    modelId,
    programRoot,
    verifier,
    fileDigest,
    programDigest,
    price,
    minBond,
    minWindow,
    shareBps,
    header,
    fileURI,
    programURI,
  }));

const quote = z
  .tuple([uint, uint, number, number, z.boolean()])
  .transform(([price, minBond, minWindow, shareBps, open]) => ({ price, minBond, minWindow, shareBps, open }));

const bond = z.tuple([uint, uint, number]).transform(([bonded, exiting, exitAt]) => ({ bonded, exiting, exitAt }));

/** Puts a question to a contract and hands the decoded answer to a schema. */
export type Ask = <T>(to: Hex, contract: Interface, name: string, values: readonly unknown[], shape: z.ZodType<T>) => Promise<T>;

type Views<Name extends keyof ChainReader> = Pick<ChainReader, Name>;

/** What the registry of models says. */
export function modelViews(
  ask: Ask,
  { models, jobs }: Deployment,
): Views<"version" | "quote" | "offerState" | "successor" | "model" | "modelCount" | "shareOf"> {
  return {
    version: (id) => ask(models, modelsInterface, "versionOf", [id], version),
    quote: (id) => ask(jobs, jobsInterface, "quote", [id], quote),
    async offerState(id) {
      const offer = await ask(models, modelsInterface, "offerOf", [id], uint);
      return (["unknown", "published", "deprecated"] as const)[Number(offer & 0xffffffn)] ?? "unknown";
    },
    async successor(id) {
      const successor = await ask(models, modelsInterface, "successorOf", [id], lower);
      return successor === ZERO_HASH ? undefined : successor;
    },
    async model(modelId) {
      const [owner, uri, versions] = await Promise.all([
        ask(models, modelsInterface, "ownerOf", [modelId], lower),
        ask(models, modelsInterface, "tokenURI", [modelId], z.string()),
        ask(models, modelsInterface, "versionsOf", [modelId], z.array(lower)),
      ]);
      return { modelId, owner, uri, versions };
    },
    modelCount: () => ask(models, modelsInterface, "modelCount", [], uint),
    shareOf: (id) => ask(jobs, jobsInterface, "shareOf", [id], uint),
  };
}

/** What accounts have, hold and owe. */
export function moneyViews(
  ask: Ask,
  { stakes, jobs, opg }: Deployment,
): Views<"bond" | "exitDelay" | "tokenBalance" | "allowance" | "ledgerBalance" | "creditOf"> {
  return {
    async bond(operator) {
      const [held, lockable, locked] = await Promise.all([
        ask(stakes, stakesInterface, "bondOf", [operator, jobs], bond),
        ask(stakes, stakesInterface, "lockableOf", [operator, jobs], uint),
        ask(jobs, jobsInterface, "lockedOf", [operator], uint),
      ]);
      return { ...held, locked, free: lockable > locked ? lockable - locked : 0n };
    },
    exitDelay: () => ask(stakes, stakesInterface, "exitDelay", [], number),
    tokenBalance: (account) => ask(opg, tokenInterface, "balanceOf", [account], uint),
    allowance: (owner, spender) => ask(opg, tokenInterface, "allowance", [owner, spender], uint),
    ledgerBalance: (ledger, account) => ask(ledger, jobsInterface, "balanceOf", [account], uint),
    creditOf: (account) => ask(stakes, stakesInterface, "creditOf", [account], uint),
  };
}

/** What the game of disputes says. */
export function gameViews(ask: Ask, { game }: Deployment): Views<"gameTerms" | "committedAt"> {
  return {
    async gameTerms() {
      const term = <T>(name: string, shape: z.ZodType<T>) => ask(game, gameInterface, name, [], shape);
      const [challengeFee, challengeFeeBps, demandFee, demandDepositBps] = await Promise.all([
        term("challengeFee", uint),
        term("challengeFeeBps", uint),
        term("demandFee", uint),
        term("demandDepositBps", uint),
      ]);
      const [openPeriod, provePeriod, rewardPeriod, revealPeriod, maxOpenDemands] = await Promise.all([
        term("openPeriod", number),
        term("provePeriod", number),
        term("rewardPeriod", number),
        term("revealPeriod", number),
        term("maxOpenDemands", number),
      ]);
      const fees = { challengeFee, challengeFeeBps, demandFee, demandDepositBps };
      return { ...fees, openPeriod, provePeriod, rewardPeriod, revealPeriod, maxOpenDemands };
    },
    committedAt: (commitment) => ask(game, gameInterface, "committedAt", [commitment], number),
  };
}

/** What the registry of jobs asks of them. */
export function jobViews(ask: Ask, { jobs, models }: Deployment): Views<"nonceOf" | "maxOutputBytes" | "limits"> {
  return {
    nonceOf: (requester) => ask(jobs, jobsInterface, "nonceOf", [requester], uint),
    maxOutputBytes: () => ask(jobs, jobsInterface, "maxOutputBytes", [], uint.transform(Number)),
    async limits() {
      const limit = (name: string) => ask(jobs, jobsInterface, name, [], number);
      const [maxWindow, maxServePeriod, maxInputBytes, maxOutputBytes, maxCallbackGas, maxShareBps] = await Promise.all([
        limit("maxWindow"),
        limit("maxServePeriod"),
        limit("maxInputBytes"),
        limit("maxOutputBytes"),
        limit("maxCallbackGas"),
        ask(models, modelsInterface, "MAX_SHARE_BPS", [], number),
      ]);
      return { maxWindow, maxServePeriod, maxInputBytes, maxOutputBytes, maxCallbackGas, maxShareBps };
    },
  };
}
