import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };

export type Answer = "proved" | "undecided" | "refuted";

interface Message {
  severity: string;
  message: string;
  formattedMessage: string;
}

/** CHC's answer to a text: the worst of its assertions, and undecided if it has none. */
export function prove(text: string): Answer {
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
