import { createRequire } from "node:module";
import type * as orm from "drizzle-orm";
import type * as server from "drizzle-orm/node-postgres";
import type * as core from "drizzle-orm/pg-core";
import type * as embedded from "drizzle-orm/pglite";

/**
 * Rationale: drizzle-orm has 179 kB of exports in its package.json, and Node parses them anew for every one of the
 * hundred modules that an import of it resolves: half a second and over 100 MiB of garbage (findings/drizzle-import.sh).
 * A require of the same code does not.
 */
const require = createRequire(import.meta.url);

export const { and, asc, desc, eq, getTableName, gt, inArray, isNotNull, lt, lte, ne, notInArray, sql } = require("drizzle-orm") as typeof orm;
export const { bigint, bigserial, boolean, customType, integer, numeric, pgTable, primaryKey, text } = require("drizzle-orm/pg-core") as typeof core;

export const loadPglite = () => require("drizzle-orm/pglite") as typeof embedded;
export const loadPostgres = () => require("drizzle-orm/node-postgres") as typeof server;
