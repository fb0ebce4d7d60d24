import { OpgError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { HostedVersion, VersionHost } from "./versions.ts";

export interface WatchedVersions {
  readonly versions: VersionHost;
  /** The version whose model did not run, if that was the last one that was to. */
  fault(): Hex | undefined;
}

/** What says something of a version or an input, or of a version that made room, says nothing of this host. */
const isOfThisHost = (error: unknown): boolean => !(error instanceof OpgError) || error.code === "RUNTIME_LOST";

/** A version host that knows whether the last model run went through. */
export function watchRuns(host: VersionHost): WatchedVersions {
  let failed: Hex | undefined;

  async function watch<T>(version: Hex, work: Promise<T>, isRun = true): Promise<T> {
    try {
      const result = await work;
      if (isRun) failed = undefined;
      return result;
    } catch (error) {
      if (isOfThisHost(error)) failed = version;
      throw error;
    }
  }

  const watched = (version: Hex, hosted: HostedVersion): HostedVersion => ({
    program: hosted.program,
    constant: hosted.constant,
    run: (input) => watch(version, hosted.run(input)),
    trace: (input) => watch(version, hosted.trace(input)),
    recompute: (node, tensor) => watch(version, hosted.recompute(node, tensor)),
    reach: (trace, output, element) => hosted.reach(trace, output, element),
  });

  return {
    versions: {
      // To load a version is to run it, where it has not been qualified yet.
      get: async (version) => watched(version, await watch(version, host.get(version), false)),
      close: () => host.close(),
    },
    fault: () => failed,
  };
}
