import { keccak256 } from "ethers";
import { messageOf, OpgError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { VersionDetails } from "../ports.ts";
import { nameOf } from "./bindings.ts";
import type { Offer } from "./offers.ts";
import { createModel, halfDone, requireOwner } from "./ownModel.ts";
import type { Planned } from "./preview.ts";
import type { Session } from "./session.ts";

/** A version that stands on the chain now; of one that stood there before there is no transaction. */
export interface Published {
  readonly version: Hex;
  readonly transaction: string | null;
}

const SELECTOR_DIGITS = 10;

/** The id that the registry gives a version: the hash of what it fixes, which is all that the call carries. */
const versionOf = ({ call }: Planned): Hex => keccak256(`0x${call.data.slice(SELECTOR_DIGITS)}`) as Hex;

/**
 * Publishes versions of one model, those that are not published yet. Without a model's id, it goes on with a model of this account
 * that has one of them, and makes a new one where there is none.
 */
export async function publishAll(
  session: Session,
  path: string,
  { modelId: given, card }: { readonly modelId: bigint | undefined; readonly card: string },
  offers: readonly Offer[],
  details: readonly ((modelId: bigint) => VersionDetails)[],
): Promise<{ modelId: bigint; versions: Published[] }> {
  const { reader, calls } = await session.connection();
  const plannedFor = (modelId: bigint): Planned[] => offers.map(({ binding = {} }, i) => ({ kind: `publish ${nameOf(binding)}`, call: calls.publish(details[i](modelId)) }));
  const known = given ?? (await begun(session, plannedFor));
  if (known !== undefined) await requireOwner(session, known);
  const standing = known === undefined ? new Set<Hex>() : new Set((await reader.model(known)).versions);
  const missing = (modelId: bigint) => plannedFor(modelId).filter((planned) => !standing.has(versionOf(planned)));
  // The id that a model made now would have: enough to see that all go through.
  const next = known ?? (await reader.modelCount()) + 1n;
  await session.rehearse([...(known === undefined ? [{ kind: "create model", call: calls.createModel(card) }] : []), ...missing(next)]);

  const modelId = known ?? (await createModel(session, card));
  const transactions = new Map<Hex, string>();
  for (const planned of missing(modelId)) {
    try {
      const [{ hash }] = await session.send([planned]);
      transactions.set(versionOf(planned), hash!);
    } catch (error) {
      if (transactions.size === 0 && known === undefined) throw halfDone(modelId, path, error);
      const left = missing(modelId).filter((each) => !transactions.has(versionOf(each))).length;
      throw partlyDone(modelId, offers.length - left, offers.length, error);
    }
  }
  return { modelId, versions: plannedFor(modelId).map((planned) => ({ version: versionOf(planned), transaction: transactions.get(versionOf(planned)) ?? null })) };
}

/** The model of this account that has one of the versions. */
async function begun(session: Session, plannedFor: (modelId: bigint) => Planned[]): Promise<bigint | undefined> {
  const { reader } = await session.connection();
  const own = await reader.modelsOf(await session.address());
  return own.find(({ modelId, versions }) => plannedFor(modelId).some((planned) => versions.includes(versionOf(planned))))?.modelId;
}

function partlyDone(modelId: bigint, done: number, all: number, error: unknown): OpgError {
  const kind = error instanceof OpgError && error.kind === "transient" ? "transient" : "refused";
  return new OpgError(kind, "VERSIONS_MISSING", `model ${modelId} has ${done} of the ${all} versions, and the next was not published: ${messageOf(error)}`, {
    fix: `give the same command again, with --model ${modelId}: it publishes what is missing`,
    details: { modelId },
    cause: error,
  });
}
