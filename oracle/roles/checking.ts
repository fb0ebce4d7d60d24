import type { Occasion } from "./context.ts";
import type { Answer, Tasks } from "./tasks.ts";

/**
 * Answers jobs, and has the trace of one checked whenever so much bond was put at stake since the last; 0 checks every
 * job, and a job that stakes as much by itself is always checked. The first job after a start is.
 */
export function createChecking(tasks: Pick<Tasks, "answer">, bondPerCheck: bigint): (occasion: Occasion) => Promise<Answer> {
  let unchecked = bondPerCheck;
  return async (occasion) => {
    unchecked += occasion.state.terms.bond;
    const check = unchecked >= bondPerCheck;
    // One job is checked for all those that are in hand with it.
    if (check) unchecked = 0n;
    let done = false;
    try {
      const answer = await tasks.answer(occasion, check);
      done = true;
      return answer;
    } finally {
      // A check that was not made is owed by the next job.
      if (check && !done) unchecked = bondPerCheck;
    }
  };
}
