import { keccak256 } from "ethers";
import type { Hex } from "../../core/hex.ts";
import type { RecordedAccusation } from "../ports.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { shortDigest, type Dispatch, type Dispatched } from "./transactions.ts";

/** Seconds before the verdict deadline from which a proof is sent at once, without committing to it first. */
export const COMMIT_MARGIN = 60;

/**
 * Salts of the commitments to a proof, the earliest first. Where pieces go before it, they show the proof to everybody;
 * a second commitment right before the conclusion keeps the later half of the reward. Its salt comes from the first one,
 * which stays secret until it is needed.
 */
const saltsOf = ({ pieces, salt }: RecordedAccusation): readonly [earliest: Hex, latest: Hex] => [
  salt,
  pieces.length === 0 ? salt : (keccak256(salt) as Hex),
];

/** Makes a recorded accusation good on chain, a transaction at a time. */
export interface Conviction {
  /** Commits, sends the pieces, commits to their conclusion, and concludes. */
  convict(occasion: Occasion, accusation: RecordedAccusation, deadline: number): Promise<number | undefined>;
  /** Claims what commitments of one's own have the better claim to, after somebody else's conviction. */
  takeover: StepHandler;
}

export function createConviction(context: Context, dispatch: Dispatch): Conviction {
  const { store, reader, calls } = context;
  const { committedAt, commit } = createCommitting(context, dispatch);

  /** Sends the next piece of a long element; undefined when all are mined. */
  async function advance(occasion: Occasion, pieces: RecordedAccusation["pieces"]): Promise<Dispatched | undefined> {
    const { job, dispute } = occasion.state;
    const done = pieces.findIndex(({ until }) => until === dispute!.advanced[context.address]) + 1;
    if (done === pieces.length) return undefined;
    const { until, proof } = pieces[done];
    return dispatch("advance", occasion, () => calls.advance(job, until, proof), String(done));
  }

  return {
    async convict(occasion, accusation, deadline) {
      const { state, now } = occasion;
      const { pieces, proof } = accusation;
      const [earliest, latest] = saltsOf(accusation);
      const hurried = now + COMMIT_MARGIN > deadline;
      const committing = hurried ? undefined : await commit(occasion, proof, earliest);
      if (committing !== undefined) return committing;
      const unfinished = await advance(occasion, pieces);
      if (unfinished !== undefined) return unfinished.again;
      // Rationale: the pieces are public, so that somebody may have committed to their conclusion meanwhile.
      const concluding = hurried ? undefined : await commit(occasion, proof, latest);
      if (concluding !== undefined) return concluding;
      const salt = (await committedAt(occasion, proof, latest)) === 0 ? earliest : latest;
      return (await dispatch("convict", occasion, () => calls.convict(state.job, proof, salt))).again;
    },

    async takeover(occasion) {
      const { id, state } = occasion;
      const accusation = state.dispute?.opened && (await store.accusation(id, state.dispute.opened.traceRoot));
      if (accusation === undefined) return undefined;
      const { pieces, proof } = accusation;
      const claims: Hex[] = [];
      for (const salt of new Set(saltsOf(accusation))) if ((await committedAt(occasion, proof, salt)) !== 0) claims.push(salt);
      // Without a commitment there is nothing to take over.
      if (claims.length === 0) return undefined;
      const unfinished = await advance(occasion, pieces);
      if (unfinished !== undefined) return unfinished.again;
      for (const salt of claims) {
        const call = calls.convict(state.job, proof, salt);
        if (!(await reader.simulate(call, context.address)).ok) continue;
        return (await dispatch("takeover", occasion, () => call, shortDigest([salt]))).again;
      }
      return undefined;
    },
  };
}

/** Commitments to proofs, which keep the reward from whoever sees a proof on its way. */
function createCommitting({ address, reader, calls }: Context, dispatch: Dispatch) {
  const commitmentOf = ({ state }: Occasion, proof: Uint8Array, salt: Hex): Hex => calls.commitmentOf(state.job.id, address, proof, salt);

  /** Second in which the commitment was recorded, or zero. */
  const committedAt = (occasion: Occasion, proof: Uint8Array, salt: Hex): Promise<number> =>
    reader.committedAt(commitmentOf(occasion, proof, salt));

  /** Commits once; when to look again, until a conviction would be in a later second than the commitment. */
  async function commit(occasion: Occasion, proof: Uint8Array, salt: Hex): Promise<number | undefined> {
    const committed = await committedAt(occasion, proof, salt);
    if (committed !== 0) return committed < occasion.now ? undefined : committed + 1;
    const commitment = commitmentOf(occasion, proof, salt);
    const { entry, again } = await dispatch("commit", occasion, () => calls.commit(commitment), commitment.slice(2, 14));
    return entry.status === "refused" ? undefined : again;
  }

  return { committedAt, commit };
}
