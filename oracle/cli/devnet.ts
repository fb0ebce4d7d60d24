import type { Command } from "commander";
import { devnetFile, findDevnet } from "../config/devnet.ts";
import type { Devnet } from "../config/devnet.ts";
import { inputError, messageOf, refusedError } from "../../core/errors.ts";
import type { Session, World } from "./session.ts";

/** What people do in the first minute with it. */
const DEFAULTS = { port: "8545", window: "600" } as const;
/** Says which ports in place of `--port`, as for a test beside which other things run. */
const PORT = "OPG_DEVNET_PORT";

const ROLES = ["operator", "watcher", "keeper"] as const;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface DevnetFlags {
  readonly port?: string;
  readonly window: string;
  readonly anvil?: boolean;
  readonly liar?: string | true;
  readonly without?: string[];
}

export function devnetCommand(parent: Command, session: (command: Command) => Session): void {
  const devnet = parent
    .command("devnet")
    .description("a whole network on this machine, until Ctrl-C: chain, contracts, faucet, models, operator, watcher, keeper")
    .option("--port <n>", `port of the chain, ${DEFAULTS.port} or ${PORT} by default; the next four are the faucet's and the daemons'; 0 for any`)
    .option("--anvil", "let the chain be Foundry's anvil instead of Hardhat's node")
    .option("--window <seconds>", "least challenge window of the models", DEFAULTS.window)
    .option("--liar [where]", "a second operator, which serves jobs that name it and lies in a node or tensor: NAME or NAME:ELEMENT")
    .option("--without <role...>", "leave a role to yourself: operator, watcher or keeper")
    .action(async (flags: DevnetFlags, command: Command) => {
      await keepUp(session(command), flags);
    });

  devnet
    .command("status")
    .description("what runs: addresses, versions, accounts, the chain's clock")
    .action(async (_options: unknown, command: Command) => {
      const { output, world } = session(command);
      const status = await ask(runningIn(world), "status");
      output.result(status, [...describe(status as unknown as Devnet), await describeBlock(status)]);
    });

  devnet
    .command("faucet <address>")
    .description("coins for an account: OPG, and the native coin that gas is paid with")
    .option("--opg <amount>", "OPG to give", "1000")
    .option("--native <amount>", "native coins to give", "10")
    .action(async (address: string, { opg, native }: { opg: string; native: string }, command: Command) => {
      const { output, world } = session(command);
      const given = await ask(runningIn(world), "faucet", { address, opg, native });
      output.result(given, [`gave ${opg} OPG and ${native} native coins to ${String(given.address)}`]);
    });

  devnet
    .command("pass <seconds>")
    .description("let the chain's clock run ahead")
    .action(async (text: string, _options: unknown, command: Command) => {
      const { output, world } = session(command);
      const passed = await ask(runningIn(world), "pass", { seconds: /^\d{1,12}$/.test(text) ? Number(text) : text });
      output.result(passed, [await describeBlock(passed)]);
    });
}

async function describeBlock({ block, timestamp }: Record<string, unknown>): Promise<string> {
  const { showTime } = await import("../../core/words.ts");
  return `block ${String(block)}, ${showTime(Number(timestamp))}`;
}

/** Starts everything, says so, and stays until it is asked to stop or a part fails. */
async function keepUp({ output, world, config }: Session, flags: DevnetFlags): Promise<void> {
  const port = whole(flags.port ?? world.env[PORT] ?? DEFAULTS.port, "--port", 0, 65_531);
  const window = whole(flags.window, "--window", 1, 3_600);
  const without = (flags.without ?? []).map(parseRole);
  const chain = flags.anvil === true ? "anvil" : "hardhat";
  output.say(`opg devnet starts ${chain === "anvil" ? "anvil" : "Hardhat's node"}${port === 0 ? "" : ` on port ${port}`}`);
  const began = performance.now();
  const stopping = new AbortController();
  const asked = new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
  let askedAt = Infinity;
  const stop = () => {
    // One Ctrl-C arrives twice where a launcher passes on what the terminal says to everybody.
    if (Date.now() - askedAt > 1_000) process.exit(130);
    askedAt = Math.min(askedAt, Date.now());
    stopping.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    const { provideArtifacts } = await import("../certify/artifacts.ts");
    const { CONTRACTS } = await import("../../scripts/devnet/ground.ts");
    const { provideExplorer } = await import("../../scripts/devnet/explorer.ts");
    const { openNetwork } = await import("../../scripts/devnet/network.ts");
    await provideArtifacts(CONTRACTS, () => output.say("building the contracts, which takes a minute"));
    const explorer = await provideExplorer(() => output.say("building the explorer")).then(
      () => true,
      // All the rest of a network is there without it.
      (error: unknown) => (output.say(`without the explorer: ${messageOf(error)}`), false),
    );
    const network = await openNetwork({
      ...{ explorer, folder: world.cwd, chain, port, window, without, examples: true, pollMs: 200, signal: stopping.signal },
      ...(flags.liar !== undefined && { liar: flags.liar }),
      say: (line) => output.say(`  ${line}`),
      log: { level: config.log.level, write: (party, line) => output.say(`${party.padEnd(8)} ${line.trimEnd()}`) },
    }).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    });
    if (network === undefined) return;
    try {
      output.result(network.running, [`ready after ${((performance.now() - began) / 1000).toFixed(1)} s`, "", ...describe(network.running), "", ...hints(network.running)]);
      await Promise.race([asked, network.failed]);
      output.say("stopping");
    } finally {
      await network.stop();
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

function parseRole(text: string): (typeof ROLES)[number] {
  const role = ROLES.find((each) => each === text);
  if (role !== undefined) return role;
  throw inputError("DEVNET_ASKED", `--without names no role of a devnet: ${text}`, { fix: `name one of ${ROLES.join(", ")}` });
}

function whole(text: string, name: string, least: number, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw inputError("NUMBER", `${name} must be a whole number from ${least} to ${most}, not "${text}"`, { fix: `correct ${name}` });
}

function runningIn({ cwd }: World): Devnet {
  const found = findDevnet(cwd);
  if (found !== undefined) return found;
  throw refusedError("NO_DEVNET", `no devnet runs in this folder: there is no ${devnetFile(cwd)} of a living one`, {
    fix: "start one here in another terminal (opg devnet), or go to the folder where it was started",
  });
}

async function ask({ control }: Devnet, path: string, body?: object): Promise<Record<string, unknown>> {
  const request = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`${control}/${path}`, request).catch((error: unknown) => {
    throw refusedError("DEVNET_SILENT", `the devnet at ${control} does not answer: ${messageOf(error)}`, { fix: "start it anew" });
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (response.ok) return answer;
  throw inputError("DEVNET_ASKED", String(answer.error), typeof answer.fix === "string" ? { fix: answer.fix } : {});
}

function describe({ rpcUrl, chainId, control, roles, apis, explorer, contracts, models, window, accounts, signer, lies }: Devnet): string[] {
  const rows = (title: string, entries: readonly (readonly [string, string])[]) => [title, ...entries.map(([name, text]) => `  ${name.padEnd(16)} ${text}`)];
  return [
    ...rows("network", [
      ["rpc", `${rpcUrl}  chain ${chainId}`],
      ["faucet", `${control}/faucet`],
      ...(explorer === undefined ? [] : [["explorer", explorer] as const]),
      ...Object.entries(apis).map(([party, url]) => [party === "watcher" ? ROLES.slice(1).filter((role) => roles.includes(role)).join(", ") : party, url] as const),
    ]),
    ...rows("contracts", Object.entries(contracts)),
    ...rows(`models, by version; challenge window ${window} s`, Object.entries(models)),
    ...rows("test accounts and their keys, which everybody knows: send nothing of value to them on another chain", [
      ...Object.entries(accounts).map(([name, { address, key }]) => [name, `${address} ${key}${name === signer ? "  signs where no key is configured" : ""}`] as const),
    ]),
    ...Object.entries(lies).map(([model, { node, element }]) => `the liar lies about ${model}, in element ${element} of ${node}, to whoever names it`),
  ];
}

const hints = ({ window }: Devnet): string[] => [
  "in another terminal, in this folder:",
  '  npx opg request "$(npx opg devnet status --only models.digits-cnn)" --input "$(npx opg devnet status --only digits.7)"',
  "  (any other model with inputs.NAME in place of digits.7)",
  `  npx opg devnet pass ${window}         # let its challenge window go by`,
  "Ctrl-C ends all of it; what follows is what the daemons say",
];
