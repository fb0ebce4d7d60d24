#!/usr/bin/env node
// Starts the TypeScript command line. Node 22.18 and later run it as it is; an older Node hands over to the one
// that npm installed beside the project, passing arguments, signals and the exit code through.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cli = new URL("./cli.ts", import.meta.url);

if (process.features.typescript) {
  // Some releases that strip types by default still announce it as experimental; that is no news to a user of opg.
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith("Type Stripping")) emitWarning.call(process, warning, ...rest);
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
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
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
