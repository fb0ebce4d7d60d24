// What an installation makes, with a line for each step and, while a long one runs, a line now and then.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chooseNode, ENVIRONMENT } from "../oracle/node.mjs";

const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const TICK_MS = 10_000;
const { node, flags } = chooseNode() ?? { node: process.execPath, flags: [] };

const HARDHAT = file("node_modules/hardhat/dist/src/cli.js");

/** Without its development dependencies opg runs all the same; the contracts are not for it to build. */
const CONTRACTS = existsSync(HARDHAT) ? [["building the contracts: a minute or two, unless they are built", [HARDHAT, "build", "--no-tests"], {}]] : [];

const EXPLORER = existsSync(file("web/src")) && CONTRACTS.length > 0 ? [["building the explorer, unless it is built", [...flags, file("scripts/explorer.ts")], ENVIRONMENT]] : [];

const STEPS = [
  ...CONTRACTS,
  ...EXPLORER,
  ["making an empty database, of which every new store is a copy", [file("oracle/store/cluster.mjs")], {}],
  ["compiling TypeScript, so that the first command is as quick as the next", [...flags, file("scripts/warm.ts")], ENVIRONMENT],
];

for (const [i, [what, argv, env]] of STEPS.entries()) {
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  console.log(`${i + 1} of ${STEPS.length}  ${what}`);
  const ticking = setInterval(() => console.log(`        ${seconds()}`), TICK_MS);
  const code = await new Promise((resolve, reject) => {
    spawn(node, argv, { cwd: file("."), stdio: "inherit", env: { ...env, ...process.env } }).on("error", reject).on("exit", resolve);
  });
  clearInterval(ticking);
  if (code !== 0) process.exit(code ?? 1);
  console.log(`        done after ${seconds()}`);
}
