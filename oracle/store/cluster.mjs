// The files of an empty database, as PGlite's initdb writes them. Run by itself, as npm ci does, it makes the template
// that every new store is a copy of: initdb takes seconds and, at its height, a gigabyte.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const own = fileURLToPath(import.meta.url);
const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
const { version } = JSON.parse(readFileSync(join(dirname(entry), "..", "package.json"), "utf8"));
const template = fileURLToPath(new URL(`../../node_modules/.cache/opg/pglite-${version}`, import.meta.url));

/** Puts the files of an empty database into `folder`, unless there is a database: all of them or none. */
export async function provideCluster(folder) {
  if (existsSync(join(folder, "PG_VERSION"))) return;
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  if (folder !== template && existsSync(template)) cpSync(template, unfinished, { recursive: true });
  else await initialise(unfinished);
  renameSync(unfinished, folder);
}

/** Rationale: in a process of its own, so that what initdb takes is given back when it ends. */
function initialise(folder) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [own, folder], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (part) => (said += part));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(said.trim() || `initdb ended with exit code ${code}`))));
  });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === own) {
  const folder = process.argv[2];
  if (folder === undefined) await provideCluster(template);
  else {
    const { PGlite } = await import("@electric-sql/pglite");
    const database = new PGlite(folder);
    await database.waitReady;
    // Nobody makes a second database: without those to copy from, a store has a third of the files.
    await database.exec("UPDATE pg_database SET datistemplate = false");
    for (const name of ["template0", "template1"]) await database.exec(`DROP DATABASE ${name}`);
    await database.close();
  }
}
