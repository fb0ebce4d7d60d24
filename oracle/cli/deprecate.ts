import type { Command } from "commander";
import { refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { parseVersion } from "./parse.ts";
import { requireOwner } from "./ownModel.ts";
import { asks, sends } from "./session.ts";
import type { Session } from "./session.ts";

export function deprecateCommand(model: Command, session: (command: Command) => Session): void {
  asks(sends(model.command("deprecate <version>")))
    .description("take no more jobs for a version, for ever; asks first. Jobs under way are not affected")
    .option("--successor <version>", "the version of the same model to use instead")
    .action(async (text: string, flags: { successor?: string }, command: Command) => {
      const current = session(command);
      const version = parseVersion(text);
      const successor = flags.successor === undefined ? undefined : parseVersion(flags.successor);
      await requireFit(current, version, successor);
      await current.confirm(`version ${version} takes no more jobs${successor === undefined ? ", and no successor is named" : `, and ${successor} is named to use instead`}; there is no way back`);
      const { calls } = await current.connection();
      const [sent] = await current.send([{ kind: "deprecate", call: calls.deprecate(version, successor) }]);
      current.output.result({ version, state: "deprecated", successor: successor ?? null, transaction: sent.hash }, [
        `deprecated ${version}${successor === undefined ? "" : `; its successor is ${successor}`}`,
      ]);
    });
}

async function requireFit(session: Session, version: Hex, successor: Hex | undefined): Promise<void> {
  const { reader } = await session.connection();
  const state = await reader.offerState(version);
  if (state === "unknown") throw refusedError("VERSION_UNKNOWN", `there is no version ${version} in this registry`, { fix: "see: opg model list" });
  if (state === "deprecated") {
    throw refusedError("VERSION_DEPRECATED", `version ${version} is deprecated already`, { fix: "there is nothing to do; a successor cannot be named afterwards" });
  }
  const { modelId } = await reader.version(version);
  await requireOwner(session, modelId);
  if (successor === undefined) return;
  const why = await whyNoSuccessor(session, version, modelId, successor);
  if (why !== undefined) {
    throw refusedError("SUCCESSOR", `${successor} cannot succeed ${version}: ${why}`, { fix: `name another published version of model ${modelId}: opg model list` });
  }
}

async function whyNoSuccessor(session: Session, version: Hex, modelId: bigint, successor: Hex): Promise<string | undefined> {
  const { reader } = await session.connection();
  if (successor === version) return "it is the same version";
  const state = await reader.offerState(successor);
  if (state !== "published") return `it is ${state}`;
  const other = (await reader.version(successor)).modelId;
  return other === modelId ? undefined : `it is a version of model ${other}, not of ${modelId}`;
}
