import { CommanderError } from "commander";
import type { Command } from "commander";
import { openOutput } from "./cli/output.ts";
import { COMMANDS, emptyProgram, outline } from "./cli/overview.mjs";
import { processWorld } from "./cli/process.ts";
import type { GlobalOptions, Session, World } from "./cli/session.ts";
import { ERROR_CODES, exitCodeOf } from "./core/errorCodes.ts";
import type { ErrorCode } from "./core/errorCodes.ts";
import { messageOf, OpgError } from "./core/errors.ts";
import { CompileError } from "./core/program/faults.ts";
import { fromSystem } from "./core/systemErrors.ts";

type AddCommands = (parent: Command, session: (command: Command) => Session) => void;

const account = async (): Promise<AddCommands> => (await import("./cli/account.ts")).accountCommands;
const jobs = async (): Promise<AddCommands> => (await import("./cli/job.ts")).jobCommands;
const parties = async (): Promise<AddCommands> => (await import("./cli/parties.ts")).partyCommands;
const settle = async (): Promise<AddCommands> => (await import("./cli/settle.ts")).settleCommands;
const setup = async (): Promise<AddCommands> => (await import("./cli/setup.ts")).setupCommands;

/** Where the commands are defined. Only the file of the one that is asked for is loaded, with what it needs. */
export const DEFINITIONS: Readonly<Record<string, () => Promise<AddCommands>>> = {
  model: async () => (await import("./cli/model.ts")).modelCommands,
  request: jobs,
  job: jobs,
  verify: jobs,
  challenge: jobs,
  cancel: settle,
  refund: settle,
  retry: settle,
  settle,
  balance: account,
  deposit: account,
  withdraw: account,
  bond: account,
  claim: account,
  operator: async () => (await import("./cli/operator.ts")).operatorCommands,
  watcher: parties,
  requester: parties,
  publisher: parties,
  run: async () => (await import("./cli/run.ts")).runCommand,
  worker: async () => (await import("./cli/worker.ts")).workerCommand,
  devnet: async () => (await import("./cli/devnet.ts")).devnetCommand,
  doctor: async () => (await import("./cli/doctor.ts")).doctorCommand,
  config: setup,
  key: setup,
};

/** Runs one command line and returns its exit code: 0 done, 1 refused, failed or MISMATCH, 2 unusable input. */
export async function run(argv: readonly string[], world: World = processWorld()): Promise<number> {
  let session: Session | undefined;
  const program = emptyProgram()
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
    })
    .exitOverride()
    .showHelpAfterError("(opg --help lists the commands)");
  try {
    const { Session } = await import("./cli/session.ts");
    await define(program, commandOf(argv), (command) => (session = new Session(world, command.optsWithGlobals<GlobalOptions>())));
    await program.parseAsync([...argv], { from: "user" });
    return session?.exitCode ?? 0;
  } catch (error) {
    if (error instanceof Error && error.name === "DryRunOver") return session?.exitCode ?? 0;
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return report(new OpgError("input", "USAGE", error.message), argv, session, world, false);
    }
    return report(error, argv, session, world, true);
  }
}

/** The command that is asked for, or to be explained: the first word that is neither an option nor the value of one. */
function commandOf(argv: readonly string[]): string | undefined {
  const words = argv.filter((word, i) => !word.startsWith("-") && !["--config", "--only"].includes(argv[i - 1]));
  return words[0] === "help" ? words[1] : words[0];
}

/** Gives the program its commands, all but the asked one and those of its file as outlines. */
export async function define(program: Command, asked: string | undefined, open: (command: Command) => Session): Promise<void> {
  const definition = asked !== undefined && Object.hasOwn(DEFINITIONS, asked) ? DEFINITIONS[asked] : undefined;
  const add = await definition?.();
  for (const command of COMMANDS) {
    if (DEFINITIONS[command.name] !== definition) outline(program, command);
    else if (!isKnown(program, command.name)) {
      const outlines = new Set(program.commands);
      add?.(program, open);
      for (const child of program.commands) if (!outlines.has(child)) inherit(child, program);
    }
  }
}

const isKnown = (program: Command, name: string): boolean => program.commands.some((command) => command.name() === name);

/** What every command understands, before and after its name; faults of usage throw everywhere. */
function inherit(command: Command, parent: Command): void {
  command.exitOverride().copyInheritedSettings(parent);
  if (command.commands.length === 0 || command.options.length > 0) {
    command.option("--config <file>", "configuration file").option("--json", "end with a JSON object").option("--only <field>", "print one field of that object");
  }
  for (const child of command.commands) inherit(child, command);
}

function report(error: unknown, argv: readonly string[], session: Session | undefined, world: World, speak: boolean): number {
  const output = session?.output ?? openOutput(world, { json: argv.includes("--json"), ...(argv.includes("--only") && { only: "" }) });
  const known = describe(error);
  if (speak) {
    output.fail(`opg: ${known.message}`);
    if (known.fix !== undefined) output.fail(`fix: ${known.fix}`);
    // Of use to who works on this program, and a fright to everybody else.
    if (known.stack !== undefined && world.env.OPG_LOG_LEVEL === "debug") output.fail(known.stack);
  }
  const { code, message, fix, details } = known;
  output.failure({ ok: false, error: { code, message, ...(fix !== undefined && { fix }), ...details } });
  return known.exitCode;
}

interface Description {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix?: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack?: string | undefined;
  readonly exitCode: number;
}

function describe(error: unknown): Description {
  const known = error instanceof OpgError ? error : fromSystem(error);
  if (known !== undefined) {
    const { code, message, fix, details, kind } = known;
    return { code, message, fix, details, exitCode: exitCodeOf(kind) };
  }
  if (error instanceof CompileError) {
    const { faults, message } = error;
    return { code: "MODEL", message: `the model cannot be taken:\n${message}`, fix: ERROR_CODES.MODEL.fix, details: { faults }, exitCode: exitCodeOf("input") };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  const message = `a fault of this program: ${messageOf(error)}`;
  return { code: "INTERNAL", message, fix: ERROR_CODES.INTERNAL.fix, details: {}, stack, exitCode: exitCodeOf("refused") };
}
