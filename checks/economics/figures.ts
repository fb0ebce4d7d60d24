import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GasFigures } from "../bench/gas.ts";
import type { Figures } from "./gas.ts";

const root = join(import.meta.dirname, "..", "..");
const read = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), "utf8")) as T;

/** What was measured, as the snapshots in the repository have it. */
export function readFigures(): Figures {
  const { chain, int8 } = read<GasFigures>("checks/bench/gas.json");
  return {
    moves: read("test/snapshots/gas-moves.json"),
    job: read("test/snapshots/gas-job.json"),
    dispute: read("test/snapshots/gas-dispute-first.json"),
    chain,
    int8,
  };
}
