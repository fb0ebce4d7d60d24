#!/usr/bin/env node
// Starts the TypeScript command line. Node 22.18 and later run it as it is; an older Node hands over to the one
// that npm installed beside the project, passing arguments, signals and the exit code through, and ends with it.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { holdOnTo, LAUNCHED, PIPE } from "./lifeline.mjs";

holdOnTo(process.env);

const cli = new URL("./cli.ts", import.meta.url);

if (process.features.typescript) {
  // Some releases still announce as experimental what opg uses of them; that is no news to its user.
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (!/^(Type Stripping|SQLite) /.test(String(warning))) emitWarning.call(process, warning, ...rest);
  };
  const { run } = await import(cli.href);
  process.exitCode = await run(process.argv.slice(2));
} else {
  const node = bundledNode();
  if (node === undefined) {
    process.stderr.write(
      `opg: Node ${process.versions.node} cannot run TypeScript and no newer one is installed beside the project.\n` +
        "fix: install Node 22.18 or later, or run npm ci without --omit=optional\n",
    );
    process.exit(2);
  }
  const stdio = ["inherit", "inherit", "inherit"];
  stdio[PIPE] = "pipe";
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio, env: { ...process.env, [LAUNCHED]: "1" } });
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

function bundledNode() {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`)), "bin", "node");
  } catch {
    return undefined;
  }
}
