import type { DaemonUse } from "./daemon.ts";
import type { Target } from "./target.ts";

/** Jobs at which memory is shown: after the first thousand nothing should be added. */
const SHOWN = [0, 0.1, 0.5, 1];

export function showDaemon({ ready, serving, jobsPerSecond }: DaemonUse, say: (line: string) => void): void {
  say(`\nA daemon in a process of its own, ${jobsPerSecond.toFixed(1)} jobs/s`);
  say(`  ready ${ready.first.toFixed(1)} s after its first start (${ready.firstCpu.toFixed(1)} s of CPU), ${ready.second.toFixed(1)} s after the next (${ready.secondCpu.toFixed(1)} s)`);
  say("       jobs  resident      peak       CPU");
  const total = serving.at(-1)!.jobs;
  for (const share of SHOWN) {
    const { jobs, resident, peak, cpu } = serving.find((sample) => sample.jobs >= share * total)!;
    const cells = [`${resident.toFixed(0)} MiB`, `${peak.toFixed(0)} MiB`, `${cpu.toFixed(0)} s`];
    say(`${jobs.toLocaleString("en").padStart(11)}${cells.map((cell) => cell.padStart(10)).join("")}`);
  }
}

export const daemonTargets = ({ ready, serving, early, late }: DaemonUse): Target[] => [
  { name: "daemon, resident after the last job", measured: serving.at(-1)!.resident, limit: 400, unit: "MiB" },
  { name: "daemon, late against early", measured: late / early, limit: 1.1, unit: "" },
  { name: "daemon, ready after its first start", measured: ready.first, limit: 3, unit: "s" },
];
