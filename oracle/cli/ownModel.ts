import { messageOf, OpgError, refusedError } from "../../core/errors.ts";
import type { Session } from "./session.ts";

/** The model is there and has no version yet: publishing goes on with it. */
export function halfDone(modelId: bigint, canonical: string, error: unknown): OpgError {
  return new OpgError(error instanceof OpgError && error.kind === "transient" ? "transient" : "refused", "MODEL_WITHOUT_VERSION", `model ${modelId} was made, and its version was not published: ${messageOf(error)}`, {
    fix: `go on with it: opg model publish ${canonical} --model ${modelId}, and the other options as before`,
    details: { modelId },
    cause: error,
  });
}

export async function requireOwner(session: Session, modelId: bigint): Promise<void> {
  const { reader } = await session.connection();
  if (modelId > (await reader.modelCount())) throw refusedError("MODEL_UNKNOWN", `there is no model ${modelId}`, { fix: "see: opg model list" });
  const [{ owner }, own] = [await reader.model(modelId), await session.address()];
  if (owner === own) return;
  throw refusedError("NOT_OWNER", `model ${modelId} belongs to ${owner}, not to ${own}`, { fix: "use the key of its owner, or publish a model of your own without --model" });
}

export async function createModel(session: Session, card: string): Promise<bigint> {
  const { calls } = await session.connection();
  const [sent] = await session.send([{ kind: "create model", call: calls.createModel(card) }]);
  const [modelId] = (await session.outcome(sent)).models;
  return modelId;
}
