#!/bin/sh
# drizzle-orm 0.45.4 with pg 8.23.1: a transaction whose BEGIN fails never gives its connection back to the pool.
#
# Expected: whatever happens in db.transaction(), the client that it took from the pool is released, as it is when a later
# statement fails.
# Behaviour: BEGIN is sent before the `try` that releases. If it fails, because the server was restarted while the connection
# was idle, say, the client stays taken. After as many of these as the pool has places, every query waits for ever.
#
# Output seen:
#   BEGIN fails:            released 0 of 1
#   a later statement fails: released 1 of 1
#
# Exits with 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --no-audit --no-fund --ignore-scripts drizzle-orm@0.45.4 pg@8.23.1 >/dev/null 2>&1
cat >try.mjs <<'END'
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";

/** A pool as pg's own, of clients to which the server answers with an error from the given statement on. */
async function released(failing) {
  let count = 0;
  class OnePool extends pg.Pool {
    connect() {
      const query = async ({ text }) => {
        if (text === failing) throw new Error("Connection terminated unexpectedly");
        return { rows: [], fields: [] };
      };
      return Promise.resolve({ query, release: () => count++ });
    }
  }
  await drizzle(new OnePool()).transaction((tx) => tx.execute(sql`select 1`)).catch(() => undefined);
  return count;
}

const [begin, later] = [await released("begin"), await released("select 1")];
console.log(`BEGIN fails:            released ${begin} of 1`);
console.log(`a later statement fails: released ${later} of 1`);
process.exit(begin === 0 && later === 1 ? 0 : 1);
END
node try.mjs
