/**
 * The free bond of an operator, less what it has promised: to jobs in hand, whose answer is being computed, and to claims
 * that are planned or sent and not mined, which the chain does not count yet.
 */
export class BondLedger {
  #free = 0n;
  #claimed: ReadonlyMap<string, bigint> = new Map();
  readonly #held = new Map<string, bigint>();
  /** No longer in hand, but perhaps claimed since the chain and the outbox were last looked at. */
  readonly #left = new Map<string, bigint>();

  /** Bond that another job may be promised. */
  get available(): bigint {
    const promised = new Map([...this.#left, ...this.#claimed, ...this.#held]);
    return [...promised.values()].reduce((rest, bond) => rest - bond, this.#free);
  }

  /** Promises bond to a job; false where there is not as much. INVARIANT: a job's bond is promised once. */
  hold(job: string, bond: bigint): boolean {
    const known = this.#claimed.get(job) ?? this.#held.get(job) ?? this.#left.get(job);
    if (known === undefined && this.available < bond) return false;
    this.#held.set(job, known ?? bond);
    return true;
  }

  /** The job is out of hand: its claim is planned, or there will be none. */
  leave(job: string): void {
    const bond = this.#held.get(job);
    if (bond === undefined) return;
    this.#held.delete(job);
    this.#left.set(job, bond);
  }

  /** Before the outbox is looked at: the jobs of which it will then say all there is to say. */
  left(): readonly string[] {
    return [...this.#left.keys()];
  }

  /** What the chain says is free, and the claims that it does not count yet. */
  update(free: bigint, claimed: ReadonlyMap<string, bigint>, settled: readonly string[]): void {
    this.#free = free;
    this.#claimed = claimed;
    for (const job of settled) this.#left.delete(job);
  }
}
