import type { Hex } from "../../core/hex.ts";
import type { Job } from "../../core/jobs/job.ts";
import type { Call } from "./chain.ts";
import type { VersionDetails } from "./chainReader.ts";

export interface RequestTerms {
  readonly version: Hex;
  readonly operator: Hex;
  readonly fee: bigint;
  readonly bond: bigint;
  readonly callbackGas: number;
  readonly window: number;
  readonly deadline: number;
}

/** The protocol's transactions, encoded. */
export interface ChainCalls {
  approve(spender: Hex, amount: bigint): Call;
  deposit(ledger: Hex, account: Hex, amount: bigint): Call;
  withdraw(ledger: Hex, to: Hex, amount: bigint): Call;
  createModel(uri: string): Call;
  publish(details: VersionDetails): Call;
  deprecate(version: Hex, successor?: Hex): Call;
  /** Moves the publisher's shares of a version to the caller's balance. */
  collectShare(version: Hex): Call;
  request(terms: RequestTerms, input: Uint8Array): Call;
  requestByRoots(terms: RequestTerms, roots: readonly Hex[], uri: string): Call;
  cancel(job: Job): Call;
  refund(job: Job): Call;
  accept(job: Job): Call;
  submit(job: Job, output: Uint8Array): Call;
  submitByRoots(job: Job, roots: readonly Uint8Array[], uri: string): Call;
  finalize(job: Job, output: Uint8Array): Call;
  retryCallback(job: Job, output: Uint8Array): Call;
  bond(amount: bigint): Call;
  requestExit(amount: bigint): Call;
  cancelExit(): Call;
  withdrawBond(to: Hex): Call;
  withdrawCredit(to: Hex, amount: bigint): Call;
  challenge(job: Job): Call;
  open(job: Job, opening: Hex, uri: string): Call;
  commit(commitment: Hex): Call;
  /** The commitment itself. It is computed here, so that no node learns of an accusation before the commitment. */
  commitmentOf(id: bigint, challenger: Hex, proof: Uint8Array, salt: Hex): Hex;
  convict(job: Job, proof: Uint8Array, salt: Hex): Call;
  advance(job: Job, until: number, piece: Uint8Array): Call;
  demand(job: Job, wanted: Hex): Call;
  reveal(id: bigint, shown: Hex): Call;
  silence(job: Job, item: Hex): Call;
  timeout(job: Job): Call;
  resolve(job: Job): Call;
  reclaim(job: Job): Call;
  collect(job: Job): Call;
}
