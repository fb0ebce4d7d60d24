import { requesterOf, unpackClaim, unpackTerms, ZERO_ADDRESS, ZERO_HASH } from "../jobs/job.ts";
import type { JobStatus } from "../jobs/job.ts";
import type { ChainEvent, EventFields, IndexedDispute, IndexedJob, IndexedModel, IndexedOperator, IndexedVersion } from "./types.ts";

/** An event in its place in the index. */
export interface SequencedEvent extends Pick<ChainEvent, "block" | "time" | "name" | "subject" | "fields"> {
  readonly sequence: number;
}

/** What follows for an entity from its next event; undefined as long as nothing says that there is one. */
export type Fold<T> = (entity: T | undefined, event: SequencedEvent) => T | undefined;

const text = (fields: EventFields, name: string): string => String(fields[name]);
const integer = (fields: EventFields, name: string): bigint => BigInt(text(fields, name));
const unlessZero = (value: string): string | null => (value === ZERO_ADDRESS || value === ZERO_HASH ? null : value);
const idOf = ({ subject }: SequencedEvent): string => subject.slice(subject.indexOf(":") + 1);

const STATUS_AFTER: Readonly<Record<string, JobStatus>> = {
  JobAccepted: "Accepted",
  JobSubmitted: "Submitted",
  JobSubmittedByRoots: "Submitted",
  JobChallenged: "Challenged",
  JobUpheld: "Upheld",
  JobConvicted: "Convicted",
  CallbackDelivered: "Final",
  JobCancelled: "Cancelled",
  JobRefunded: "Refunded",
};

/** A job without its input, its output and its moves. Its model is left to whoever knows the versions. */
export const jobAfter: Fold<IndexedJob> = (job, event) => {
  const { name, fields, time } = event;
  if (name === "JobRequested" || name === "JobRequestedByRoots") return requested(event);
  if (job === undefined) return undefined;
  const next = { ...job, updatedAt: time, dispute: disputeAfter(job.dispute, event), status: STATUS_AFTER[name] ?? job.status };
  if (name === "JobFinalized") return { ...next, status: fields.delivered === true ? "Final" : "FinalUndelivered" };
  if (name !== "JobAccepted" && name !== "JobSubmitted" && name !== "JobSubmittedByRoots") return next;
  const claim = unpackClaim(integer(fields, "claim"));
  const taken = { ...next, operator: text(fields, "operator"), deadline: claim.deadline };
  return name === "JobAccepted" ? taken : { ...taken, submittedAt: claim.time, finalizesAt: claim.time + job.window };
};

function requested(event: SequencedEvent): IndexedJob {
  const { fields, sequence, block, time } = event;
  const terms = unpackTerms(integer(fields, "terms"));
  const claim = unpackClaim(integer(fields, "claim"));
  return {
    id: idOf(event),
    sequence,
    status: "Requested",
    version: text(fields, "version"),
    model: null,
    requester: requesterOf(BigInt(idOf(event))),
    operator: unlessZero(claim.operator),
    fee: String(terms.fee),
    bond: String(terms.bond),
    window: terms.window,
    callbackGas: terms.callbackGas,
    deadline: claim.deadline,
    requestedBlock: block,
    requestedAt: time,
    submittedAt: null,
    finalizesAt: null,
    updatedAt: time,
    dispute: null,
  };
}

function disputeAfter(dispute: IndexedDispute | null, { name, fields, sequence, time }: SequencedEvent): IndexedDispute | null {
  if (name === "Challenged") {
    const begun = { sequence, challengedAt: time, challengers: 0, openBy: Number(fields.openBy), deadline: Number(fields.deadline) };
    const before = dispute ?? { ...begun, isOpened: false, outcome: null, slashed: "0" };
    return { ...before, challengers: before.challengers + 1 };
  }
  if (dispute === null) return null;
  switch (name) {
    case "Opened":
      return { ...dispute, isOpened: true };
    case "JobUpheld":
      return { ...dispute, outcome: "upheld" };
    case "ConvictedByProof":
      return { ...dispute, outcome: "convicted by proof" };
    case "ConvictedByDefault":
      return { ...dispute, outcome: "convicted by default" };
    case "JobConvicted":
      return { ...dispute, slashed: text(fields, "slashed") };
  }
  return dispute;
}

export const modelAfter: Fold<IndexedModel> = (model, event) => {
  const { name, fields, sequence, time } = event;
  const before = model ?? { id: idOf(event), sequence, owner: ZERO_ADDRESS, uri: "", createdAt: time };
  if (name === "ModelCreated") return { ...before, owner: text(fields, "owner"), uri: text(fields, "metadataURI") };
  return name === "Transfer" ? { ...before, owner: text(fields, "to") } : model;
};

export const versionAfter: Fold<IndexedVersion> = (version, event) => {
  const { name, fields, sequence, time } = event;
  if (name === "VersionPublished") return published(idOf(event), fields.details as EventFields, { sequence, time });
  if (name !== "VersionDeprecated" || version === undefined) return version;
  return { ...version, isDeprecated: true, successor: unlessZero(text(fields, "successor")) };
};

const published = (id: string, details: EventFields, { sequence, time }: { sequence: number; time: number }): IndexedVersion => ({
  id,
  sequence,
  model: text(details, "modelId"),
  publishedAt: time,
  isDeprecated: false,
  successor: null,
  programRoot: text(details, "programRoot"),
  verifier: text(details, "verifier"),
  fileDigest: text(details, "fileDigest"),
  programDigest: text(details, "programDigest"),
  price: text(details, "price"),
  minBond: text(details, "minBond"),
  minWindow: Number(details.minWindow),
  shareBps: Number(details.shareBps),
  header: text(details, "header"),
  fileURI: text(details, "fileURI"),
  programURI: text(details, "programURI"),
});

/** The bond of an operator as StakeRegistry keeps it. */
export const operatorAfter: Fold<IndexedOperator> = (operator, event) => {
  const { name, fields, sequence, time } = event;
  const before = operator ?? { address: idOf(event), sequence, bonded: "0", exiting: "0", exitAt: null, slashed: "0", slashes: 0, since: time };
  const bonded = BigInt(before.bonded);
  const exiting = BigInt(before.exiting);
  switch (name) {
    case "Bonded":
      return { ...before, bonded: String(bonded + integer(fields, "amount")) };
    case "ExitRequested":
      return { ...before, exiting: text(fields, "exiting"), exitAt: Number(fields.exitAt) };
    case "ExitCancelled":
      return { ...before, exiting: "0", exitAt: null };
    case "BondWithdrawn": {
      const amount = integer(fields, "amount");
      return { ...before, bonded: String(bonded - amount), exiting: String(exiting - amount) };
    }
    case "Slashed": {
      const amount = integer(fields, "amount");
      const left = bonded - amount;
      const slashed = String(BigInt(before.slashed) + amount);
      return { ...before, bonded: String(left), exiting: String(exiting < left ? exiting : left), slashed, slashes: before.slashes + 1 };
    }
  }
  return operator;
};

export type Entity = IndexedModel | IndexedVersion | IndexedOperator;

/** What becomes of everything but jobs, whose model is to be found besides. */
export const FOLDS: Readonly<Record<"model" | "version" | "operator", { after(entity: Entity | undefined, event: SequencedEvent): Entity | undefined }>> = {
  model: { after: modelAfter },
  version: { after: versionAfter },
  operator: { after: operatorAfter },
};
