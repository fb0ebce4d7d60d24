/** What a command takes, with the processes that it starts, measured from outside: so any checkout can be measured alike. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { useOf } from "./daemon.ts";

export interface CommandUse {
  readonly exitCode: number | null;
  /** Seconds of the clock, and of all processors together. */
  readonly wall: number;
  readonly cpu: number;
  /** MiB of the largest process, the most that it ever had, and of all at one time, pages that they share counted for each. */
  readonly largest: number;
  readonly together: number;
}

const LOOK_MS = 50;

/** Runs `opg` of a checkout. Linux only. */
export async function measureCommand(checkout: string, args: readonly string[]): Promise<CommandUse> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(checkout, "oracle", "opg.mjs"), ...args], { stdio: "ignore" });
  const peaks = new Map<number, number>();
  const cpus = new Map<number, number>();
  let together = 0;
  const look = (): void => {
    let sum = 0;
    for (const pid of withDescendants(child.pid!)) {
      try {
        const { resident, peak, cpu } = useOf(pid);
        cpus.set(pid, cpu);
        // One that has ended and waits for its parent to notice has no memory any more.
        if (Number.isNaN(resident)) continue;
        sum += resident;
        peaks.set(pid, peak);
      } catch {
        // It has ended since it was listed.
      }
    }
    together = Math.max(together, sum);
  };
  const looking = setInterval(look, LOOK_MS);
  const exitCode = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("exit", resolve));
  clearInterval(looking);
  const sumOf = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0);
  return { exitCode, wall: (performance.now() - started) / 1_000, cpu: sumOf(cpus.values()), largest: Math.max(...peaks.values()), together };
}

/** A process and all that were started by it, or by those. */
function withDescendants(root: number): number[] {
  const parents = new Map(readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? parentOf(name) : [])));
  const family = [root];
  for (let i = 0; i < family.length; i++) for (const [pid, parent] of parents) if (parent === family[i]) family.push(pid);
  return family;
}

/** The parent is the second field behind the program's name, which stands in brackets. */
function parentOf(pid: string): [pid: number, parent: number][] {
  try {
    const [, fields] = readFileSync(`/proc/${pid}/stat`, "latin1").split(/\) (?=[A-Z] )/);
    return [[Number(pid), Number(fields.split(" ")[1])]];
  } catch {
    return [];
  }
}
