import { decodeJobEvent } from "../../core/jobs/events.ts";
import { parseJobId } from "../../core/jobs/job.ts";
import { foldJob } from "../../core/jobs/state.ts";
import type { Task, TaskQueue } from "../ports.ts";
import type { Occasion } from "./context.ts";
import { decodeOutcome, decodeTask, encodeDone, encodeFailed, encodeTask, type Outcome, type Question, type TaskKind } from "./taskCodec.ts";
import type { Tasks } from "./tasks.ts";

/** Kinds of work that answer a challenge or make one good. */
const OF_DISPUTES = new Set<TaskKind>(["open", "reveal", "investigate"]);

/** Has the tasks done by whoever takes them from the queue. */
export function tasksThrough(queue: Pick<TaskQueue, "give">): Tasks {
  async function ask<K extends TaskKind>(kind: K, { id: job, events, now, block }: Occasion, question: Question<K>): Promise<Outcome<K>> {
    const work = encodeTask({ kind, job, events, now, block, question });
    return decodeOutcome(kind, await queue.give({ disputed: OF_DISPUTES.has(kind), work }));
  }
  return {
    survey: (occasion) => ask("survey", occasion, null),
    answer: (occasion, check) => ask("answer", occasion, check),
    judge: (occasion) => ask("judge", occasion, null),
    open: (occasion) => ask("open", occasion, null),
    reveal: (occasion, batches) => ask("reveal", occasion, batches.map((items) => [...items])),
    investigate: (occasion) => ask("investigate", occasion, null),
  };
}

/** Does a task that was taken, and says in words what came of it. */
export function createPerformer(tasks: Tasks): (task: Task) => Promise<string> {
  async function perform(task: Task): Promise<string> {
    const { kind, job: id, events, now, block, question } = decodeTask(task.work);
    const state = foldJob(parseJobId(id), events.map(decodeJobEvent))!;
    const occasion: Occasion = { id, state, events, now, block };
    switch (kind) {
      case "survey":
        return encodeDone<typeof kind>(await tasks.survey(occasion));
      case "answer":
        return encodeDone<typeof kind>(await tasks.answer(occasion, question as Question<typeof kind>));
      case "judge":
        return encodeDone<typeof kind>(await tasks.judge(occasion));
      case "open":
        return encodeDone<typeof kind>(await tasks.open(occasion));
      case "reveal":
        return encodeDone<typeof kind>([...(await tasks.reveal(occasion, question as Question<typeof kind>))]);
      case "investigate":
        return encodeDone<typeof kind>(await tasks.investigate(occasion) as Outcome<typeof kind>);
    }
  }

  return (task) => perform(task).catch(encodeFailed);
}
