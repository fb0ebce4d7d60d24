/** What is known of the state of a daemon at a moment. Ages in seconds. */
export interface Vitals {
  /** By how much the time of the newest block is behind the clock; undefined until a block was read. */
  readonly headAge: number | undefined;
  /** Since the chain was last read to its head. */
  readonly silence: number;
  /** What the store did not do, if its last attempt at it failed. */
  readonly storeFault: string | undefined;
  /** The version whose run was the last one, if it failed. */
  readonly runFault: string | undefined;
}

export interface HealthLimits {
  /** Null for a chain that mines on demand, whose newest block may be of any age. */
  readonly maxHeadAge: number | null;
  readonly maxSilence: number;
}

/**
 * Everything that is wrong; nothing for a daemon that can do its work. INVARIANT: anybody may read this over HTTP, so it
 * says what fails and not with which words: those may hold salts and addresses, and are in the log.
 */
export function complaints(vitals: Vitals, limits: HealthLimits): readonly string[] {
  const { headAge, silence, storeFault, runFault } = vitals;
  const found: string[] = [];
  if (headAge === undefined) found.push("the chain has not been read to its head yet");
  else if (limits.maxHeadAge !== null && headAge > limits.maxHeadAge) {
    found.push(`the newest block is ${Math.round(headAge)} s old, more than health.maxHeadAge (${limits.maxHeadAge} s)`);
  }
  if (silence > limits.maxSilence) found.push(`the chain was last read to its head ${Math.round(silence)} s ago`);
  if (storeFault !== undefined) found.push(`the store fails: ${storeFault} did not go through`);
  if (runFault !== undefined) found.push(`the last model run failed, of version ${runFault}`);
  return found;
}
