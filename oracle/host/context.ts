import type { OpTwin } from "../../core/operators/twin.ts";
import type { ChainReader, Clock, Committer, Files, Telemetry, TensorShelf } from "../ports.ts";
import type { VersionHost } from "./versions.ts";

/** What it takes to run a job's model and to judge what came of it: no key, and no say. */
export interface HostContext {
  readonly reader: ChainReader;
  readonly files: Files;
  readonly shelf: TensorShelf;
  readonly versions: VersionHost;
  readonly committer: Committer;
  readonly twin: OpTwin;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}
