import { CommanderError } from "commander";
import type { Command } from "commander";
import { openOutput } from "./cli/output.ts";
import { COMMANDS, emptyProgram, outline } from "./cli/overview.mjs";
import { processWorld } from "./cli/process.ts";
import type { GlobalOptions, Session, World } from "./cli/session.ts";
import { ERROR_CODES, exitCodeOf } from "../core/errorCodes.ts";
import type { ErrorCode } from "../core/errorCodes.ts";
import { inputError, messageOf, OpgError } from "../core/errors.ts";
import { CompileError } from "../core/faults.ts";
import { fromSystem } from "../core/systemErrors.ts";

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
      // Faults of usage are told like all others.
      outputError: () => undefined,
    })
    .exitOverride();
  try {
    const { Session } = await import("./cli/session.ts");
    await define(program, commandOf(argv), (command) => (session = new Session(world, command.optsWithGlobals<GlobalOptions>())));
    await program.parseAsync([...argv], { from: "user" });
    return session?.exitCode ?? 0;
  } catch (error) {
    if (error instanceof Error && error.name === "DryRunOver") return session?.exitCode ?? 0;
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : report(usageError(error), argv, session, world);
    }
    return report(error, argv, session, world);
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

/** What commander objects to; where a group is named without a command, it has shown its help. */
function usageError({ code, message }: CommanderError): OpgError {
  const what = code === "commander.help" ? "no command was given" : message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return inputError("USAGE", what, { fix: ERROR_CODES.USAGE.fix });
}

function report(error: unknown, argv: readonly string[], session: Session | undefined, world: World): number {
  const output = session?.output ?? openOutput(world, { json: argv.includes("--json"), ...(argv.includes("--only") && { only: "" }) });
  const { code, message, fix, details, stack, exitCode } = describe(error);
  output.fail(`opg: ${message}`);
  if (fix !== undefined) output.fail(`fix: ${fix}`);
  // Of use to who works on this program, and a fright to everybody else.
  if (stack !== undefined && world.env.OPG_LOG_LEVEL === "debug") output.fail(stack);
  output.failure({ ok: false, error: { code, message, ...(fix !== undefined && { fix }), ...details } });
  return exitCode;
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
    const { code, message, details, kind } = known;
    // Several faults have each its own way out, in the message.
    const fix = known.fix ?? (Array.isArray(details.faults) ? undefined : ERROR_CODES[code].fix);
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
