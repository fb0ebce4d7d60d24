import { refusedError } from "../errors.ts";
import type { ProgramFile } from "../program/programFile.ts";
import type { Runtime } from "../runtime.ts";
import { KERNELS } from "./kernelSet.ts";

/**
 * Refuses a version that this host cannot compute as it is stated: its results are those of one release of the runtime, for
 * kernels change between releases (LayerNormalization's did in 1.27 and in 1.30), and of kernels that this release knows.
 * Asked before the runtime sees the version's file. Whether the runtime then follows them is another question: see
 * CompiledModel.objections.
 */
export function requireHost(stated: Pick<ProgramFile, "runtime" | "kernels">, { name }: Pick<Runtime, "name">): void {
  if (stated.runtime !== name) {
    throw refusedError("VERSION_RUNTIME", `the version is computed by ${stated.runtime}, and this host has ${name}`, {
      fix: `install ${stated.runtime} to serve or judge it; compile the model anew for ${name} to publish it`,
    });
  }
  const unknown = stated.kernels.filter((kernel) => !KERNELS.includes(kernel));
  if (unknown.length > 0) {
    throw refusedError("VERSION_KERNELS", `the version follows ${unknown.map((kernel) => `"${kernel}"`).join(", ")}, which this release does not know`, {
      fix: "update this program",
    });
  }
}
