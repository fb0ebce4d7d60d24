import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };

export type Answer = "proved" | "undecided" | "refuted";

interface Message {
  severity: string;
  message: string;
  formattedMessage: string;
}

/** CHC's answer to a text: the worst of its assertions, and undecided if it has none. */
function solve(text: string): Answer {
  const modelChecker = { engine: "chc", targets: ["assert"], showUnproved: true, showProvedSafe: true, showUnsupported: true };
  const input = { language: "Solidity", sources: { step: { content: text } }, settings: { modelChecker } };
  const messages = (JSON.parse(solc.compile(JSON.stringify(input))) as { errors?: Message[] }).errors ?? [];
  let proved = 0;
  for (const { severity, message, formattedMessage } of messages) {
    if (message.startsWith("CHC: Assertion violation happens")) return "refuted";
    if (message.startsWith("CHC: Assertion violation check is safe")) proved++;
    else if (severity === "error") throw new Error(formattedMessage);
  }
  return proved > 0 && proved === text.split("assert(").length - 1 ? "proved" : "undecided";
}

/** As `solve`, in a process of its own: the search for a counterexample may not end. Undecided after the time given. */
export function prove(text: string, seconds = 120): Answer {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [import.meta.filename], { input: text, timeout: 1000 * seconds, killSignal: "SIGKILL", encoding: "utf8" });
  if (signal !== null) return "undecided";
  if (status !== 0) throw new Error(stderr);
  return stdout.trim() as Answer;
}

if (process.argv[1] === import.meta.filename) console.log(solve(readFileSync(0, "utf8")));
