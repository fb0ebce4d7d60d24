import type { ContractErrorName } from "../core/contractErrors.ts";
import type { ProblemCode } from "../core/history/problems.ts";

/** What the kit itself refuses, or what went wrong on its way to the chain. */
export type KitErrorCode =
  /** No deployment is known for the chain, or the one given does not belong to it. */
  | "DEPLOYMENT"
  /** The connection only reads, and this takes an account that signs. */
  | "NO_ACCOUNT"
  /** The account holds less OPG than this takes. */
  | "FUNDS"
  /** Terms that the registry would refuse. */
  | "TERMS"
  | "VERSION"
  | "JOB"
  /** A value that is none of the tensor's. */
  | "TENSOR"
  /** A published file that nobody serves, or that has another hash. */
  | "FILE"
  /** A contract reverted with nothing that any contract of this release reverts with. */
  | "REVERTED"
  /** The node, the wallet, or the connection to one of them. */
  | "CHAIN"
  /** The API of an index, or the connection to it. */
  | "API";

/** A kind of fault of the kit's own, what the API of an index says is wrong, or the name of a contract's error. */
export type OpgErrorCode = KitErrorCode | ProblemCode | ContractErrorName;

/** What an error carries beside its message. */
export interface OpgErrorOptions {
  /** The values that a contract's error carries, by their names. */
  readonly args?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Every error of this kit: what happened, and the way out. */
export class OpgError extends Error {
  override readonly name = "OpgError";
  /** The name of a contract's error, or of a kind of fault of the kit's own. */
  readonly code: OpgErrorCode;
  /** The values of a contract's error by their names; empty of the kit's own. */
  readonly args: Readonly<Record<string, unknown>>;
  /** The way out, in a clause. */
  readonly remedy: string;

  constructor(code: OpgErrorCode, message: string, remedy: string, { args = {}, cause }: OpgErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.args = args;
    this.remedy = remedy;
  }
}
