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
import { messageOf, OpgError } from "./core/errors.ts";
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
    })
    .exitOverride()
    .showHelpAfterError("(opg --help lists the commands)");
  const families = [modelCommands, jobCommands, settleCommands, accountCommands, operatorCommands, partyCommands, runCommand, doctorCommand, setupCommands];
  for (const add of families) add(program, open);
  inherit(program);

  try {
    await program.parseAsync([...argv], { from: "user" });
    return session?.exitCode ?? 0;
  } catch (error) {
    if (error instanceof DryRunOver) return session?.exitCode ?? 0;
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return report(new OpgError("input", "USAGE", error.message), argv, session, world, false);
    }
    return report(error, argv, session, world, true);
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

function report(error: unknown, argv: readonly string[], session: Session | undefined, world: World, speak: boolean): number {
  const { output } = session ?? new Session(world, { json: argv.includes("--json") });
  const known = describe(error);
  if (speak) {
    output.fail(`opg: ${known.message}`);
    if (known.fix !== undefined) output.fail(`fix: ${known.fix}`);
    // Of use to who works on this program, and a fright to everybody else.
    if (known.stack !== undefined && world.env.OPG_LOG_LEVEL === "debug") output.fail(known.stack);
  }
  const { code, message, fix, details } = known;
  output.result({ ok: false, error: { code, message, ...(fix !== undefined && { fix }), ...details } }, []);
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
