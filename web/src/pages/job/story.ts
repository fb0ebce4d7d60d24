import type { IndexedEvent } from "../../../../core/history/types.ts";
import { REWARD_PARTS, unpackClaim, unpackTerms } from "../../../../core/jobs/job.ts";

/** A piece of a sentence: words, or a value that is shown in its own form. Amounts in base units of OPG, times in Unix seconds. */
export type Piece = string | { readonly amount: string } | { readonly operator: string } | { readonly account: string } | { readonly time: number };

/** How an event is for the operator's result. */
export type Manner = "plain" | "good" | "bad" | "open";

export interface Told {
  readonly title: string;
  readonly manner: Manner;
  readonly pieces: readonly Piece[];
}

type Fields = IndexedEvent["fields"];
type Teller = (fields: Fields) => Told;

const told = (title: string, manner: Manner, ...pieces: Piece[]): Told => ({ title, manner, pieces });
const operator = (fields: Fields): Piece => ({ operator: String(fields.operator) });
const account = (fields: Fields, name: string): Piece => ({ account: String(fields[name]) });
const amount = (fields: Fields, name: string): Piece => ({ amount: String(fields[name]) });
const time = (fields: Fields, name: string): Piece => ({ time: Number(fields[name]) });
const claimIn = (fields: Fields) => unpackClaim(BigInt(String(fields.claim)));
const parts = (items: unknown): string => (Array.isArray(items) ? (items.length === 1 ? "one part" : `${items.length} parts`) : "many parts");

const requested = (fields: Fields, how: string): Told => {
  const { fee, bond } = unpackTerms(BigInt(String(fields.terms)));
  const { deadline, named, operator: whom } = claimIn(fields);
  const asked: Piece[] = named ? ["of ", { operator: whom }] : ["of any operator"];
  return told("Requested", "open", "An inference was asked ", ...asked, `, with its input ${how}. The fee of `, { amount: String(fee) }, " is held; a bond of ", { amount: String(bond) }, " must stand behind the result. To be served by ", { time: deadline }, ".");
};

const submitted = (fields: Fields, what: string): Told =>
  told("Submitted", "open", operator(fields), ` submitted ${what} with its bond behind it. From now on anybody may challenge it.`);

const convicted = (how: string): Teller => (fields) =>
  told("Convicted", "bad", how, " ", account(fields, "challenger"), " is to get a reward of ", amount(fields, "reward"), ", which can be collected from ", time(fields, "collectableAt"), " on.");

const PART_WORDS: Readonly<Record<(typeof REWARD_PARTS)[number], string>> = { whole: "the reward", earlier: "the half of the earliest commitment", later: "the half of the latest commitment" };

/** Every event about a job, as a person is told of it. */
const TELLERS: Readonly<Record<string, Teller>> = {
  JobRequested: (fields) => requested(fields, "on chain"),
  JobRequestedByRoots: (fields) => requested(fields, "by the roots of its tensors"),
  JobAccepted: (fields) => told("Accepted", "open", operator(fields), " reserved the job and has to serve it by ", { time: claimIn(fields).deadline }, "."),
  JobSubmitted: (fields) => submitted(fields, "an output"),
  JobSubmittedByRoots: (fields) => submitted(fields, "the roots of its outputs"),
  JobChallenged: (fields) => told("In dispute", "bad", "The result of ", operator(fields), " is not final any more: it is decided in the dispute."),
  JobUpheld: () => told("Upheld", "good", "The dispute ended without a proof against the result, which stands."),
  JobConvicted: (fields) => told("Slashed", "bad", "The fee went back to the requester, and ", operator(fields), " lost ", amount(fields, "slashed"), " of its bond."),
  JobFinalized: ({ delivered }) =>
    delivered === true
      ? told("Final", "good", "The result is final: operator and publisher are paid, and the bond is free again.")
      : told("Final, undelivered", "open", "The result is final and paid for, but the requester's contract did not take it."),
  CallbackDelivered: () => told("Delivered", "good", "The requester's contract took the result."),
  JobCancelled: () => told("Cancelled", "plain", "The requester withdrew the job and has its fee back."),
  JobRefunded: () => told("Refunded", "plain", "Nobody served the job in time: the requester has its fee back."),
  Challenged: (fields) => told("Challenged", "bad", account(fields, "challenger"), " doubts the result. The operator has to open the trace of its run by ", time(fields, "openBy"), "; the dispute ends at ", time(fields, "deadline"), "."),
  Opened: (fields) => told("Trace opened", "open", operator(fields), " committed itself to the values of all tensors of its run."),
  Demanded: (fields) => told("Parts demanded", "open", account(fields, "demander"), ` demands ${parts(fields.items)} of the trace on chain, by `, time(fields, "revealBy"), "."),
  Revealed: ({ items }) => told("Parts revealed", "plain", `The operator showed ${parts(items)} that had been demanded.`),
  Silent: () => told("Silent", "bad", "The operator left a demand unanswered."),
  Advanced: (fields) => told("Computed in pieces", "open", account(fields, "challenger"), ` had the chain compute a long element up to its term ${String(fields.until)}.`),
  ConvictedByProof: convicted("One wrong number was proved: the contract recomputed it."),
  ConvictedByDefault: convicted("The operator did not answer in time, which counts as a wrong result."),
  RewardTakenOver: (fields) => {
    const part = REWARD_PARTS[Number(fields.part)] ?? "whole";
    return told("Reward taken over", "plain", account(fields, "to"), ` takes ${PART_WORDS[part]} over from `, account(fields, "from"), ", by a better commitment.");
  },
  RewardCollected: (fields) => told("Reward collected", "plain", account(fields, "beneficiary"), " was credited ", amount(fields, "amount"), "."),
  FeeReclaimed: (fields) => told("Challenge repaid", "plain", account(fields, "challenger"), " has what it paid back, ", amount(fields, "amount"), "."),
  Resolved: (fields) => told("Dispute over", "good", operator(fields), " gets ", amount(fields, "fees"), " that challengers and demanders paid."),
};

/** What an event says, in words; an event that this page does not know is told by its name. */
export const tell = ({ name, fields }: Pick<IndexedEvent, "name" | "fields">): Told => TELLERS[name]?.(fields) ?? told(name, "plain");
