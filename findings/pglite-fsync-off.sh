#!/bin/sh
# @electric-sql/pglite 0.5.14: a database in a folder runs with fsync off, and says so only when asked.
#
# Expected: with `relaxedDurability` at its default (false), a query that has resolved is on disk, as with PostgreSQL's own
# default of fsync = on.
# Behaviour: PostgreSQL within it is started with -F. What was committed survives the end of the process, because the
# operating system has it; after a power cut it may be gone.
#
# Output seen:
#   fsync = off, synchronous_commit = on
#
# Exits with 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --no-audit --no-fund --ignore-scripts @electric-sql/pglite@0.5.14 >/dev/null 2>&1
cat >try.mjs <<'END'
import { PGlite } from "@electric-sql/pglite";

const db = new PGlite("./data");
const setting = async (name) => Object.values((await db.query(`SHOW ${name}`)).rows[0])[0];
const [fsync, commit] = [await setting("fsync"), await setting("synchronous_commit")];
console.log(`fsync = ${fsync}, synchronous_commit = ${commit}`);
await db.close();
process.exit(fsync === "off" ? 0 : 1);
END
node try.mjs
