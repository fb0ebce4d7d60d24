// Starts the command line in a Node that can run it as it is, started as it should be: in this process, or in another one that
// ends with it. Arguments, signals and the exit code pass through.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { holdOnTo, LAUNCHED, PIPE } from "./lifeline.mjs";
import { chooseNode, ENVIRONMENT, FLAGS } from "./node.mjs";

holdOnTo(process.env);

if (process.features.typescript && FLAGS.every((flag) => process.execArgv.includes(flag))) {
  // Some releases still announce as experimental what opg uses of them; that is no news to its user.
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (!/^(Type Stripping|SQLite) /.test(String(warning))) emitWarning.call(process, warning, ...rest);
  };
  const { run } = await import("./cli.ts");
  process.exitCode = await run(process.argv.slice(2));
  // What a library left open, as a PostgreSQL that crashed does with its timers, keeps nobody waiting.
  setTimeout(() => process.exit(), 2_000).unref();
} else {
  const chosen = chooseNode();
  if (chosen === undefined) {
    process.stderr.write(
      `opg: Node ${process.versions.node} cannot run opg and no newer one is installed beside it.\n` +
        "fix: install Node 22.18 or later, or install opg without --omit=optional\n",
    );
    process.exit(2);
  }
  const { node, flags } = chosen;
  handOver(node, [...flags, fileURLToPath(new URL("opg.mjs", import.meta.url)), ...process.argv.slice(2)], { ...ENVIRONMENT, ...process.env });
}

function handOver(node, argv, env) {
  // The same process, where the system can replace its program.
  if (process.execve !== undefined && process.platform !== "win32") process.execve(node, [node, ...argv], env);
  const stdio = ["inherit", "inherit", "inherit"];
  stdio[PIPE] = "pipe";
  const child = spawn(node, argv, { stdio, env: { ...env, [LAUNCHED]: "1" } });
  child.stdio[PIPE].on("error", () => undefined);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`opg: cannot start ${node}: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
