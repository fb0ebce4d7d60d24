import { createRequire } from "node:module";

/**
 * Rationale: drizzle-orm states 179 kB of exports in its package.json, and Node parses them anew for every one of the
 * hundred modules that an import of it resolves: half a second and over 100 MiB of garbage (findings/drizzle-import.sh).
 * A require of the same code does not.
 */
const require = createRequire(import.meta.url);

export const { and, asc, desc, eq, gt, inArray, lt, lte, notInArray } = require("drizzle-orm") as typeof import("drizzle-orm");
export const { bigint, bigserial, boolean, customType, integer, pgTable, primaryKey, text } =
  require("drizzle-orm/pg-core") as typeof import("drizzle-orm/pg-core");

export const loadPglite = () => require("drizzle-orm/pglite") as typeof import("drizzle-orm/pglite");
export const loadPostgres = () => require("drizzle-orm/node-postgres") as typeof import("drizzle-orm/node-postgres");
