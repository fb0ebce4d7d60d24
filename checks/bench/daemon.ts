/**
 * What a serving daemon takes, measured from outside: `opg run --operator` is a process of its own, on a node that is
 * another, and serves jobs that are requested, submitted, and finalized on it. So any checkout can be measured alike.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ZeroAddress } from "ethers";
import { readDigits } from "../../models/digits.ts";
import type { Devnet } from "../../scripts/devnet/chain.ts";
import { by, openStage, opg, TERMS, until, type Stage } from "../../scripts/devnet/stage.ts";

/** Jobs that are requested and not yet submitted at any time. */
const WAITING = 16;
/** Bond of so many jobs side by side: what is submitted and not yet final keeps its bond. */
const SIDE_BY_SIDE = 500;

/** MiB and seconds of a process, as Linux counts them. */
export interface ProcessUse {
  resident: number;
  /** The highest it ever was. */
  peak: number;
  /** Of processors, kernel's part included. */
  cpu: number;
}

export interface DaemonUse {
  /** From the start of the command to `daemon.started`: API listening, store open, chain and deployment checked. */
  ready: { first: number; firstCpu: number; second: number; secondCpu: number };
  /** After so many jobs were submitted. */
  serving: (ProcessUse & { jobs: number })[];
  /** Means over the second and the last fifth of the jobs, in MiB. */
  early: number;
  late: number;
  jobsPerSecond: number;
}

export interface DaemonMeasure {
  /** Where the checkout is whose daemon is measured. */
  readonly checkout: string;
  readonly jobs: number;
  readonly start: () => Promise<Devnet>;
  readonly onServed?: (done: number) => void;
  /** Told a hundred times over the whole. */
  readonly onSample?: (use: DaemonUse["serving"][number]) => void;
}

export function useOf(pid: number): ProcessUse {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  // The second field is the program's name in brackets; user and kernel time are the 14th and 15th, in hundredths.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return { resident: mib("VmRSS"), peak: mib("VmHWM"), cpu: (Number(fields[11]) + Number(fields[12])) / 100 };
}

interface Running {
  readonly pid: number;
  /** Seconds until it was ready, of the clock and of processors. */
  readonly ready: { readonly seconds: number; readonly cpu: number };
  readonly count: (event: string) => number;
  stop(): Promise<void>;
}

async function startDaemon(checkout: string, env: Readonly<Record<string, string>>): Promise<Running> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(checkout, "oracle", "opg.mjs"), "run", "--operator"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const abandon = () => void child.kill("SIGKILL");
  process.once("exit", abandon);
  const counts = new Map<string, number>();
  const other: string[] = [];
  let ready: Running["ready"] | undefined;
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const broken = ended.then(() => Promise.reject(new Error(`the daemon ended:\n${other.slice(-20).join("\n")}`)));
  broken.catch(() => undefined);
  createInterface({ input: child.stderr }).on("line", (line) => {
    // "tx.confirmed submit", where a transaction is told of.
    const said = /"event":"([\w.]+)"(?:.*?"kind":"(\w+)")?/.exec(line);
    const event = said?.slice(1).filter(Boolean).join(" ");
    if (event !== undefined) counts.set(event, (counts.get(event) ?? 0) + 1);
    if (event === "daemon.started") ready = { seconds: (performance.now() - started) / 1000, cpu: useOf(child.pid!).cpu };
    if (event === undefined || event.endsWith("failed")) other.push(line);
  });
  await Promise.race([until("daemon.started", () => ready, 120), broken]);
  return {
    pid: child.pid!,
    ready: ready!,
    count: (event) => {
      if (child.exitCode !== null) throw new Error(`the daemon ended:\n${other.slice(-20).join("\n")}`);
      return counts.get(event) ?? 0;
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
      process.off("exit", abandon);
    },
  };
}

export async function measureDaemon({ checkout, jobs, start, onServed = () => {}, onSample = () => {} }: DaemonMeasure): Promise<DaemonUse> {
  const devnet = await start();
  const stage = await openStage(devnet);
  const folder = mkdtempSync(join(tmpdir(), "opg-daemon-"));
  try {
    const { jobs: registry, stakes } = stage.contracts;
    await stage.mined(by(stage.contracts.token, stage.signer.publisher).transfer(stage.address("operator"), opg(100 * SIDE_BY_SIDE)));
    await stage.mined(by(stakes, stage.signer.operator).bond(stage.deployment.jobs, opg(100 * SIDE_BY_SIDE)));
    await stage.mined(registry.deposit(stage.address("requester"), opg(jobs + 1)));
    const deployment = join(folder, "deployment.json");
    writeFileSync(deployment, JSON.stringify(stage.deployment));
    const env = {
      OPG_PRIVATE_KEY: stage.keyOf("operator"),
      OPG_RPC_URL: devnet.url,
      OPG_DEPLOYMENT: deployment,
      OPG_DATA_DIR: join(folder, "data"),
      OPG_API_PORT: "0",
      OPG_POLL_MS: "50",
      OPG_LOG_LEVEL: "info",
      OPG_LOG_FORMAT: "json",
    };
    const once = await startDaemon(checkout, env);
    await once.stop();
    const daemon = await startDaemon(checkout, env);
    try {
      const served = await serve(stage, devnet, daemon, { jobs, onServed, onSample });
      const [first, second] = [once.ready, daemon.ready];
      return { ready: { first: first.seconds, firstCpu: first.cpu, second: second.seconds, secondCpu: second.cpu }, ...served };
    } finally {
      await daemon.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await stage.stop();
  }
}

async function serve(stage: Stage, devnet: Devnet, daemon: Running, { jobs, onServed, onSample }: Required<Pick<DaemonMeasure, "jobs" | "onServed" | "onSample">>): Promise<Omit<DaemonUse, "ready">> {
  const { provider } = devnet;
  const registry = stage.contracts.jobs;
  const inputs = readDigits().map(({ input }) => input);
  const { fee, bond, window, servePeriod } = TERMS;
  const terms = { version: stage.published.cnn.version, operator: ZeroAddress, fee, bond, callbackGas: 0, window, deadline: 0 };
  const chainTime = async (): Promise<number> => (await stage.provider.getBlock("latest"))!.timestamp;
  const from = stage.address("requester");
  const to = stage.deployment.jobs;
  const started = performance.now();
  const serving: DaemonUse["serving"] = [];
  let requested = 0;
  let step = 0;
  terms.deadline = (await chainTime()) + servePeriod;
  let moved = started;
  for (let done = 0; done < jobs; ) {
    if (requested < jobs && requested - done < WAITING) {
      const data = registry.interface.encodeFunctionData("request", [terms, inputs[requested++ % inputs.length]]);
      await provider.send("eth_sendTransaction", [{ from, to, data, gas: "0x7a120" }]);
    } else await new Promise((resolve) => setTimeout(resolve, 5));
    const now = daemon.count("tx.confirmed submit");
    if (now !== done) {
      onServed((done = now));
      moved = performance.now();
    }
    if (performance.now() - moved > 120_000) throw new Error(`nothing was submitted for two minutes, after ${done} of ${requested} jobs`);
    // A hundred times over the whole: the mean of a fifth is one of twenty.
    if (done >= (step * jobs) / 100) {
      const use = { jobs: done, ...useOf(daemon.pid) };
      serving.push(use);
      onSample(use);
      // What was submitted before becomes final, and its bond is free again.
      await devnet.pass(window);
      terms.deadline = (await chainTime()) + servePeriod;
      step = Math.floor((100 * done) / jobs) + 1;
    }
  }
  const jobsPerSecond = (1000 * jobs) / (performance.now() - started);
  const mean = (from: number, to: number): number => {
    const part = serving.filter(({ jobs: at }) => at >= from * jobs && at <= to * jobs);
    return part.reduce((sum, { resident }) => sum + resident, 0) / part.length;
  };
  return { serving, early: mean(0.2, 0.4), late: mean(0.8, 1), jobsPerSecond };
}
