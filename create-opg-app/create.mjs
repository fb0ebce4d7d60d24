#!/usr/bin/env node
// npm create opg-app NAME [-- --foundry]: writes a project into a new folder. It asks nothing of the network.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const USAGE = "usage: npm create opg-app NAME [-- --foundry]";

/** Ends with a reason and the way out. */
function refuse(why, fix) {
  console.error(`create-opg-app: ${why}\nfix: ${fix}`);
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({ allowPositionals: true, options: { foundry: { type: "boolean", default: false } } });
  } catch (error) {
    return refuse(error.message, USAGE);
  }
}

const { positionals, values } = parse();
if (positionals.length !== 1) refuse("name one folder", USAGE);
const folder = resolve(positionals[0]);
const name = basename(folder);
// What npm takes as a package's name.
if (!/^[a-z0-9][a-z0-9._-]{0,213}$/.test(name)) refuse(`"${name}" is no name of a package`, "use small letters, digits, and . _ - after the first");
if (existsSync(folder) && readdirSync(folder).length > 0) refuse(`${folder} is not empty`, "name a new folder");

mkdirSync(folder, { recursive: true });
for (const part of ["common", values.foundry ? "foundry" : "hardhat"]) cpSync(join(here, "template", part), folder, { recursive: true });
// npm publishes no file of this name.
renameSync(join(folder, "gitignore"), join(folder, ".gitignore"));

// The packages of one release belong together.
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
for (const own of ["opengradient-optimistic", "opengradient-optimistic-contracts"]) manifest.dependencies[own] = version;
writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name, ...manifest }, null, 2)}\n`);

console.log(`${name} is in ${folder}. Next:

  cd ${positionals[0]} && npm install
  npm start        a network on this machine, your contract on it, and a first result
  npm test         your contract's tests, without a network${values.foundry ? "\n\nforge must be on the PATH (https://getfoundry.sh)." : ""}`);
