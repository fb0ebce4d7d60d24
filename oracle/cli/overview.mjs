// What `opg --help` and `opg --version` say, in JavaScript that any Node runs: nothing else of the project is loaded for it.
import { readFileSync } from "node:fs";
import { Command } from "commander";

/** The commands of the first level, as the help shows them. oracle/cli.ts knows the file that defines each. */
export const COMMANDS = [
  ["model", "import, compile, publish and look at models"],
  ["request [options] <version>", "ask for an inference and pay for it"],
  ["job [options] <id>", "status of a job, the reason for it, when its result is final, and the numbers of its output"],
  ["verify [options] <job>", "recompute a job's result without any key: MATCH, or MISMATCH and the first number that differs"],
  ["challenge [options] <job>", "recompute a job's result and challenge it if it differs; pays the challenge fee"],
  ["cancel [options] <job>", "withdraw a job that nobody has reserved or served; only its requester may"],
  ["refund [options] <job>", "return the fee of a job that was not served by its deadline; anyone may"],
  ["retry [options] <job>", "make a callback again that failed, with all the gas of the transaction; anyone may"],
  ["settle [options] <job>", "do what anyone may about a job that is due: finalize, refund, time out, silence, resolve"],
  ["balance [options] [address]", "all that an account has, and where it stands; of the configured key by default"],
  ["deposit [options] <opg>", "pay into the balance that requests are paid from, or challenges"],
  ["withdraw [options] <opg>", 'send OPG from a balance to the account; "all" for all that is there'],
  ["bond [options] [opg]", "bond more as an operator; without an amount, show the bond"],
  ["claim [options] [job]", "take what a job owes to this account: fees, refunds, challenge fees, rewards; --all of every job, and into the wallet"],
  ["operator", "bond, look after and leave the operator's account"],
  ["watcher", "a watcher's account: what it challenges with, and what it earned"],
  ["requester", "a requester's account: its prepaid balance, and compensations"],
  ["publisher", "a publisher's account: its models and what they earned"],
  ["run [options]", "run the daemon in the given roles until it is stopped"],
  ["worker [options]", "compute for a daemon that shares its PostgreSQL server; holds no key, and any number may run"],
  ["devnet [options]", "a whole network on this machine, until Ctrl-C: chain, contracts, faucet, models, operator, watcher, keeper"],
  ["doctor [options]", "look for every fault of configuration, key, nodes, deployment, balances, disk, store and runtime; sends nothing"],
  ["config", "the configuration file"],
  ["key", "the account that signs"],
].map(([usage, about]) => ({ name: usage.split(" ")[0], usage, about }));

/** The program without its commands. */
export function emptyProgram() {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return new Command("opg")
    .description("Host, run and verify ONNX models on OpenGradient Optimistic")
    .version(version)
    .option("--config <file>", "configuration file (opg.config.json by default)")
    .option("--json", "end with one line that is one JSON object")
    .option("--only <field>", "print nothing but one field of that object, such as job, or output.0");
}

/** A command that can be named, and no more. */
export const outline = (program, { usage, about }) => program.command(usage).description(about);

/** Answers a command line that asks for the overview or the version. */
export function answer(argv) {
  // Whoever reads may go away when it has seen enough.
  process.stdout.on("error", () => undefined);
  const program = emptyProgram();
  for (const command of COMMANDS) outline(program, command);
  program.parse(argv, { from: "user" });
}
