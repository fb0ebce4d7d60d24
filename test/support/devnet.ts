/** `opg devnet` as its user starts it: a process of its own, in a folder of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { devnetSchema, type Devnet } from "../../oracle/config/devnet.ts";

const LAUNCHER = join(import.meta.dirname, "..", "..", "oracle", "opg.mjs");

export interface RunningDevnet {
  readonly child: ChildProcess;
  readonly devnet: Devnet;
  /** What it wrote to standard output, and what the daemons said. */
  readonly lines: string[];
  readonly log: string[];
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts one on ports that are free. */
export async function startDevnet(folder: string, ...argv: string[]): Promise<RunningDevnet> {
  const child = spawn(process.execPath, [LAUNCHER, "devnet", "--port", "0", "--json", ...argv], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const abandon = () => void child.kill("SIGKILL");
  process.once("exit", abandon);
  const [lines, log]: [string[], string[]] = [[], []];
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  createInterface(child.stderr).on("line", (line) => log.push(line));
  const first = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout)
      .on("line", (line) => void lines.push(line))
      .once("line", resolve);
    void ended.then(({ code }) => reject(new Error(`the devnet ended with ${code}:\n${log.join("\n")}`)));
  });
  const end = (signal: NodeJS.Signals) => {
    process.off("exit", abandon);
    child.kill(signal);
    return ended;
  };
  return { child, devnet: devnetSchema.parse(JSON.parse(first)), lines, log, end };
}
