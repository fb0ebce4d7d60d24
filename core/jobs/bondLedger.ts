/**
 * The free bond of an operator, less its promises: to jobs in hand, whose answers are being computed, and to claims that are
 * planned or sent but not mined, which the chain does not count yet.
 */
export class BondLedger {
  #free = 0n;
  #claimed: ReadonlyMap<string, bigint> = new Map();
  readonly #held = new Map<string, bigint>();
  /** Jobs no longer in hand, but perhaps claimed since the last look at chain and outbox. */
  readonly #left = new Map<string, bigint>();

  /** Bond that can still be promised. */
  get available(): bigint {
    const promised = new Map([...this.#left, ...this.#claimed, ...this.#held]);
    return [...promised.values()].reduce((rest, bond) => rest - bond, this.#free);
  }

  /** Promises bond to a job; false if there is not enough. INVARIANT: a job's bond is promised once. */
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

  /** To be called before the outbox is read: the jobs that the outbox will then fully account for. */
  left(): readonly string[] {
    return [...this.#left.keys()];
  }

  /** Sets the free bond that the chain reports, and the claims that the chain does not count yet. */
  update(free: bigint, claimed: ReadonlyMap<string, bigint>, settled: readonly string[]): void {
    this.#free = free;
    this.#claimed = claimed;
    for (const job of settled) this.#left.delete(job);
  }
}
