import type { Hex } from "../../core/hex.ts";
import type { ChainEvent } from "../../core/history/types.ts";

/** Events as the index gets them, made up; each at a place of its own unless one is named. */
export const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
export const account = (n: number): Hex => `0x${n.toString(16).padStart(40, "0")}`;
export const jobId = (requester: number, nonce: number): string => `0x${((BigInt(requester) << 64n) | BigInt(nonce)).toString(16)}`;

const packTerms = ({ fee, bond, callbackGas, window, share }: { fee: bigint; bond: bigint; callbackGas: number; window: number; share: number }): string =>
  String((fee << 160n) | (bond << 64n) | (BigInt(callbackGas) << 40n) | (BigInt(window) << 16n) | BigInt(share));
export const packClaim = (operator: number, deadline: number, time: number): string => String((BigInt(operator) << 96n) | (BigInt(deadline) << 56n) | (BigInt(time) << 16n));

type Place = Pick<ChainEvent, "block" | "logIndex">;
const event = ({ block, logIndex }: Place, emitter: ChainEvent["emitter"], name: string, subject: ChainEvent["subject"], fields: ChainEvent["fields"]): ChainEvent => ({
  block,
  logIndex,
  time: 1_000 + block,
  transaction: hash(1_000_000 + block),
  emitter,
  name,
  subject,
  fields,
});

export const modelCreated = (at: Place, id: number, owner: number): ChainEvent[] => [
  event(at, "models", "Transfer", `model:${id}`, { from: account(0), to: account(owner), tokenId: String(id) }),
  event({ ...at, logIndex: at.logIndex + 1 }, "models", "ModelCreated", `model:${id}`, { modelId: String(id), owner: account(owner), metadataURI: "https://card.example" }),
];

export const modelSold = (at: Place, id: number, from: number, to: number): ChainEvent =>
  event(at, "models", "Transfer", `model:${id}`, { from: account(from), to: account(to), tokenId: String(id) });

export const versionPublished = (at: Place, version: number, model: number): ChainEvent => {
  const digests = { programRoot: hash(1), verifier: account(9), fileDigest: hash(2), programDigest: hash(3) };
  const terms = { price: "2", minBond: "500", minWindow: "120", shareBps: "1000" };
  const details = { modelId: String(model), ...digests, ...terms, header: `0x${"ab".repeat(700)}`, fileURI: "https://file.example", programURI: "https://program.example" };
  return event(at, "models", "VersionPublished", `version:${hash(version)}`, { modelId: String(model), version: hash(version), programRoot: hash(1), details });
};

export const versionDeprecated = (at: Place, version: number, successor: number): ChainEvent =>
  event(at, "models", "VersionDeprecated", `version:${hash(version)}`, { modelId: "1", version: hash(version), successor: hash(successor) });

/** One of StakeRegistry. */
export const bondEvent = (at: Place, name: string, operator: number, fields: ChainEvent["fields"]): ChainEvent =>
  event(at, "stakes", name, `operator:${account(operator)}`, { operator: account(operator), jobs: account(77), ...fields });

export const requested = (at: Place, job: string, version: number, fee = 2n, input = "0x0102"): ChainEvent => {
  const terms = packTerms({ fee, bond: 500n, callbackGas: 9, window: 120, share: 1_000 });
  return event(at, "jobs", "JobRequested", `job:${job}`, { jobId: String(BigInt(job)), version: hash(version), terms, claim: packClaim(0, 5_000, 0), input });
};

/** One of JobRegistry. */
export const jobEvent = (at: Place, job: string, name: string, fields: ChainEvent["fields"] = {}): ChainEvent => event(at, "jobs", name, `job:${job}`, { jobId: String(BigInt(job)), ...fields });
/** One of DisputeGame. */
export const gameEvent = (at: Place, job: string, name: string, fields: ChainEvent["fields"] = {}): ChainEvent => event(at, "game", name, `job:${job}`, { jobId: String(BigInt(job)), ...fields });

/** With the values served elsewhere. */
export const submittedByRoots = (at: Place, job: string, operator: number, roots: readonly string[], uri: string): ChainEvent =>
  jobEvent(at, job, "JobSubmittedByRoots", { operator: account(operator), claim: packClaim(operator, 5_000, 1_000 + at.block), roots, uri });

export const submitted = (at: Place, job: string, operator: number, output = "0x03"): ChainEvent =>
  jobEvent(at, job, "JobSubmitted", { operator: account(operator), claim: packClaim(operator, 5_000, 1_000 + at.block), output });
