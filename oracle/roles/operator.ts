import type { Context, StepHandler } from "./context.ts";
import { createDefence } from "./defence.ts";
import type { OperatorPolicy } from "./operatorPolicy.ts";
import { createServing } from "./serving.ts";
import type { Tasks } from "./tasks.ts";
import type { Dispatch } from "./transactions.ts";

/** Serves jobs and answers challenges. */
export const createOperator = (
  context: Context,
  dispatch: Dispatch,
  tasks: Tasks,
  policy: OperatorPolicy,
): Record<"serve" | "open" | "reveal", StepHandler> => ({
  serve: createServing(context, dispatch, tasks, policy),
  ...createDefence(context, dispatch, tasks, policy.publicUrl),
});
