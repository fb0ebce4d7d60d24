// Starts the TypeScript command line in a Node that can run it as it is (22.18 and later): this one, or the one that npm
// installed beside the project, which ends with it. Arguments, signals and the exit code pass through.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { holdOnTo, LAUNCHED, PIPE } from "./lifeline.mjs";

holdOnTo(process.env);

// Little memory: a heap that is swept before it grows, and a malloc that gives back what was freed. All of it must be
// said before the process starts, and flags that change later would make Node's compile cache useless to threads.
const FLAGS = [
  "--max-semi-space-size=1",
  "--heap-growing-percent=20",
  "--optimize-for-size",
  "--v8-pool-size=1",
  // The embedded PostgreSQL is WebAssembly: V8's optimising compiler would take half a gigabyte for its interpreter, and
  // the queries of a daemon are no faster for that (findings/pglite-tier-up.sh).
  "--no-wasm-tier-up",
  "--no-wasm-dynamic-tiering",
];
const ENVIRONMENT = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
  // What was compiled once is read from here: quicker, and the compiler that strips types is not held in memory.
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../node_modules/.cache/opg/compiled", import.meta.url)),
};

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
  const [node, own] = process.features.typescript ? [process.execPath, process.execArgv] : [bundledNode(), []];
  if (node === undefined) {
    process.stderr.write(
      `opg: Node ${process.versions.node} cannot run TypeScript and no newer one is installed beside the project.\n` +
        "fix: install Node 22.18 or later, or run npm ci without --omit=optional\n",
    );
    process.exit(2);
  }
  handOver(node, [...own, ...FLAGS, fileURLToPath(new URL("opg.mjs", import.meta.url)), ...process.argv.slice(2)], { ...ENVIRONMENT, ...process.env });
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

function bundledNode() {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`)), "bin", "node");
  } catch {
    return undefined;
  }
}
