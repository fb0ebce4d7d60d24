import { readHeader } from "./blocks.ts";
import type { JsonRpc } from "./rpc.ts";
import type { Header } from "./schemas.ts";

/** Rounds after which a head that is lower than before is taken for what it says. */
const LOWER_ROUNDS = 30;

/** Looks from one round to the next whether the chain went on or was reorganised. */
export class HeadWatch {
  readonly #rpc: JsonRpc;
  /** The newest block of the last round. */
  #seen: Header | undefined;
  /** Rounds in a row in which the newest block was below it. */
  #lower = 0;

  constructor(rpc: JsonRpc) {
    this.#rpc = rpc;
  }

  /** Whether a block that was there in the last round is gone, and with it perhaps what was handed over. */
  async isReorganised(latest: Header): Promise<boolean> {
    const before = this.#seen;
    // A node that is behind shows nothing of what it has not got; a chain that stays shorter is another one.
    this.#lower = before !== undefined && latest.number < before.number ? this.#lower + 1 : 0;
    if (this.#lower > 0 && this.#lower < LOWER_ROUNDS) return false;
    this.#seen = latest;
    if (before === undefined || before.hash === latest.hash || before.hash === latest.parentHash) return false;
    return this.#lower > 0 || (await readHeader(this.#rpc, before.number))?.hash !== before.hash;
  }
}
