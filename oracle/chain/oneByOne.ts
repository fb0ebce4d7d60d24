import { messageOf, OpgError, transientError } from "../../core/errors.ts";
import { RpcFault } from "./rpc.ts";

/** Transactions that fail in a row before the node is taken to be down, and the round ends. */
const FAULTS = 4;

/** INVARIANT: what fails for one transaction keeps no other from its turn, unless the node is down. */
export class OneByOne {
  readonly #faults: unknown[] = [];
  #row = 0;

  async do(intent: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#row = 0;
    } catch (error) {
      const fault = error instanceof RpcFault ? transientError("TX_FAILED", `${intent}: ${messageOf(error)}`, { cause: error }) : error;
      if (!(fault instanceof OpgError) || fault.kind !== "transient") throw fault;
      this.#faults.push(fault);
      if (isSilence(fault) && ++this.#row >= FAULTS) throw fault;
    }
  }

  /** Throws what failed first, if anything did. */
  end(): void {
    if (this.#faults.length > 0) throw this.#faults[0];
  }
}

const isSilence = ({ code }: OpgError): boolean => code === "RPC_UNREACHABLE" || code === "RPC_BUSY";
