import type { Context, StepHandler } from "./context.ts";
import { createConviction } from "./conviction.ts";
import { createCaution } from "./doubt.ts";
import { createJudging } from "./judging.ts";
import { createProsecution } from "./prosecution.ts";
import { createPurse } from "./purse.ts";
import type { Tasks } from "./tasks.ts";
import type { Dispatch } from "./transactions.ts";
import type { WatcherPolicy } from "./watcherPolicy.ts";

/** Recomputes results and convicts wrong ones. Its rule: never accuse an honest run. */
export function createWatcher(
  context: Context,
  dispatch: Dispatch,
  tasks: Tasks,
  policy: WatcherPolicy,
): Record<"judge" | "prosecute" | "takeover", StepHandler> {
  const purse = createPurse(context, dispatch, policy.spending);
  const cautiously = createCaution(context, policy.doubtBudget);
  const { convict, takeover } = createConviction(context, dispatch);
  return {
    judge: createJudging(context, tasks, purse, policy, cautiously),
    prosecute: createProsecution(context, tasks, purse, convict, cautiously),
    takeover,
  };
}
