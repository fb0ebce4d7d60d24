import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** It has ended, and waits for its parent to hear of it. */
  readonly zombie: boolean;
  /** Time that processors spent on it, and, where the system tells, on children of it that have ended. */
  readonly seconds: number;
}

/** Every process of the system: from /proc, or where there is none, from ps. */
export function processes(): Process[] {
  return existsSync("/proc/self/stat") ? fromProc() : fromPs();
}

/** Every process below this one. */
export function descendants(pid: number, all: readonly Process[] = processes()): Process[] {
  return all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...descendants(child.pid, all)]);
}

export const isRunning = (pid: number): boolean => processes().some((each) => each.pid === pid && !each.zombie);

function fromProc(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return [{ pid: Number(name), parent: Number(fields[1]), zombie: fields[0] === "Z", seconds: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100 }];
      } catch {
        return [];
      }
    });
}

function fromPs(): Process[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,stat=,time="], { encoding: "utf8" });
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, state, time] = line.trim().split(/\s+/);
      const seconds = time.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
      return { pid: Number(pid), parent: Number(parent), zombie: state.startsWith("Z"), seconds };
    });
}
