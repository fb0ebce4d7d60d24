import { Command, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { accountCommands } from "./cli/account.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { jobCommands } from "./cli/job.ts";
import { modelCommands } from "./cli/model.ts";
import { operatorCommands } from "./cli/operator.ts";
import { partyCommands } from "./cli/parties.ts";
import { runCommand } from "./cli/run.ts";
import { processWorld } from "./cli/process.ts";
import { DryRunOver, Session } from "./cli/session.ts";
import type { GlobalOptions, World } from "./cli/session.ts";
import { settleCommands } from "./cli/settle.ts";
import { setupCommands } from "./cli/setup.ts";
import { ERROR_CODES, exitCodeOf } from "./core/errorCodes.ts";
import type { ErrorCode } from "./core/errorCodes.ts";
import { inputError, messageOf, OpgError } from "./core/errors.ts";
import { CompileError } from "./core/program/faults.ts";
import { fromSystem } from "./core/systemErrors.ts";

/** Runs one command line and returns its exit code: 0 done, 1 refused, failed or MISMATCH, 2 unusable input. */
export async function run(argv: readonly string[], world: World = processWorld()): Promise<number> {
  let session: Session | undefined;
  const open = (command: Command): Session => {
    session = new Session(world, command.optsWithGlobals<GlobalOptions>());
    return session;
  };
  const program = new Command("opg")
    .description("Host, run and verify ONNX models on OpenGradient Optimistic")
    .version(packageJson.version)
    .option("--config <file>", "configuration file (opg.config.json by default)")
    .option("--json", "end with one line that is one JSON object")
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
      // Faults of usage are told like all others.
      outputError: () => undefined,
    })
    .exitOverride();
  const families = [modelCommands, jobCommands, settleCommands, accountCommands, operatorCommands, partyCommands, runCommand, doctorCommand, setupCommands];
  for (const add of families) add(program, open);
  inherit(program);

  try {
    await program.parseAsync([...argv], { from: "user" });
    return session?.exitCode ?? 0;
  } catch (error) {
    if (error instanceof DryRunOver) return session?.exitCode ?? 0;
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : report(usageError(error), argv, session, world);
    }
    return report(error, argv, session, world);
  }
}

/** `--config` and `--json` are understood before and after the command's name; faults of usage throw everywhere. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().copyInheritedSettings(command);
    if (child.commands.length === 0) child.option("--config <file>", "configuration file").option("--json", "end with a JSON object");
    inherit(child);
  }
}

/** What commander objects to; where a group is named without a command, it has shown its help. */
function usageError({ code, message }: CommanderError): OpgError {
  const what = code === "commander.help" ? "no command was given" : message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return inputError("USAGE", what, { fix: ERROR_CODES.USAGE.fix });
}

function report(error: unknown, argv: readonly string[], session: Session | undefined, world: World): number {
  const { output } = session ?? new Session(world, { json: argv.includes("--json") });
  const { code, message, fix, details, stack, exitCode } = describe(error);
  output.fail(`opg: ${message}`);
  if (fix !== undefined) output.fail(`fix: ${fix}`);
  // Of use to who works on this program, and a fright to everybody else.
  if (stack !== undefined && world.env.OPG_LOG_LEVEL === "debug") output.fail(stack);
  output.result({ ok: false, error: { code, message, ...(fix !== undefined && { fix }), ...details } }, []);
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
