import { z } from "zod";

const url = (...schemes: string[]) =>
  z.string().refine(
    (text) => {
      try {
        return schemes.includes(new URL(text).protocol.slice(0, -1));
      } catch {
        return false;
      }
    },
    { error: `must be a URL beginning with ${schemes.map((s) => `${s}://`).join(" or ")}` },
  );

/** Amounts are written in whole OPG, as people think of them, with up to 18 decimals, and held in base units. */
const amount = z
  .string()
  .regex(/^\d{1,10}(\.\d{1,18})?$/, { error: 'must be an amount of OPG in quotes, such as "0.5"' });

const bytes32 = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, { error: "must be 32 bytes as 0x and 64 hex digits" })
  .transform((text) => text.toLowerCase());

const count = (minimum: number, maximum: number) =>
  z
    .number({ error: `must be a whole number from ${minimum} to ${maximum}` })
    .int({ error: `must be a whole number from ${minimum} to ${maximum}` })
    .min(minimum, { error: `must be at least ${minimum}` })
    .max(maximum, { error: `must be at most ${maximum}` });

const path = z.string().min(1, { error: "must be a path" });

const versions = z
  .union([z.literal("all"), z.array(bytes32)], { error: 'must be "all" or a list of version ids (0x and 64 hex digits)' })
  .default("all");

const MiB = 1024 * 1024;

export const configSchema = z.strictObject({
  network: z
    .strictObject({
      /** One node, or several: the first that answers is asked, and where money depends on it two have to agree. */
      rpcUrl: z
        .union([url("http", "https").transform((one) => [one]), z.array(url("http", "https")).min(1).max(8)], {
          error: "must be a URL beginning with http:// or https://, or a list of up to eight",
        })
        .default(["http://127.0.0.1:8545"]),
      deployment: path.default("deployments/local.json"),
      /** Blocks on top before an event counts; by default none on a local test chain and two elsewhere. */
      confirmations: count(0, 256).optional(),
      pollMs: count(50, 60_000).default(1_000),
      logRange: count(1, 100_000).default(2_000),
      maxFeeGwei: count(0, 1_000_000).default(500),
      /** The same for answers, challenges and proofs: a bond is worth more than their gas. */
      maxDisputeFeeGwei: count(0, 1_000_000).default(5_000),
    })
    .prefault({}),
  key: z
    .strictObject({
      keystore: path.optional(),
      passwordFile: path.optional(),
    })
    .prefault({}),
  dataDir: path.default(".opg"),
  store: z.strictObject({ url: url("postgres", "postgresql").optional() }).prefault({}),
  api: z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1"),
      port: count(0, 65_535).default(8_600),
      publicUrl: url("http", "https").optional(),
    })
    .prefault({}),
  evidence: z
    .strictObject({
      /**
       * Where tensors of opened traces and large inputs are kept: s3://BUCKET/PREFIX?endpoint=URL&region=NAME, or
       * file:///FOLDER that all hosts share. By default below dataDir.
       */
      url: url("s3", "file").optional(),
    })
    .prefault({}),
  work: z
    .strictObject({
      /** Models that this process runs side by side; 0 leaves them to workers. By default the concurrency of its roles. */
      places: count(0, 256).optional(),
      /** Jobs that the daemon has in hand at once, disputed and not: by default two for every place. */
      inHand: count(1, 4_096).optional(),
    })
    .prefault({}),
  health: z
    .strictObject({
      /**
       * Seconds that the newest block may be old before /health says no; null for any. By default 120, and null on a local
       * test chain, which mines on demand.
       */
      maxHeadAge: z
        .number({ error: "must be a number of seconds, or null for any age" })
        .int({ error: "must be a whole number of seconds" })
        .min(1, { error: "must be at least 1" })
        .nullable()
        .optional(),
    })
    .prefault({}),
  operator: z
    .strictObject({
      versions,
      minPrice: amount.default("0"),
      maxBond: amount.default("1000000"),
      /** Gas that a requester's callback may take: whoever finalizes pays for it. */
      maxCallbackGas: z.number().int().nonnegative().default(1_000_000),
      concurrency: count(1, 256).default(2),
      sampleElements: count(1, 65_536).default(64),
      /** Bond at stake between two checks of one's own trace; "0" checks every job. */
      bondPerCheck: amount.default("25000"),
      maxInputBytes: count(1, 1_024 * MiB).default(16 * MiB),
      /**
       * Native coin below which a start warns, in units of 10^18 wei; "0" never does. By default what a dispute costs at
       * network.maxDisputeFeeGwei.
       */
      leastNative: amount.optional(),
    })
    .prefault({}),
  watcher: z
    .strictObject({
      versions,
      concurrency: count(1, 256).default(2),
      /** Part of the window after which a job whose input nobody serves is challenged, so that its operator shows it. */
      hiddenInputAfter: z.number().min(0).max(1, { error: "must be a part of the window, from 0 to 1" }).default(0.5),
      /** OPG that such challenges may put at risk in a day; "0" makes none. */
      hiddenInputBudget: amount.default("500"),
    })
    .prefault({}),
  /**
   * What may be spent; no limit where none is set. Answers to challenges, and what follows once a wrong number is found, are
   * counted and never held back: a bond or a challenge's price hangs on them.
   */
  spending: z
    .strictObject({
      /** OPG that a watcher may put at risk in challenges and demands in a day, and in one dispute. */
      opgPerDay: amount.optional(),
      opgPerDispute: amount.optional(),
      /** Native coin for gas in a day, and for one job with its dispute, in units of 10^18 wei. */
      nativePerDay: amount.optional(),
      nativePerDispute: amount.optional(),
    })
    .prefault({}),
  sources: z
    .strictObject({
      /** Where ipfs:// addresses of models and inputs are asked for, such as "https://ipfs.example". */
      ipfsGateways: z.array(url("http", "https")).max(8).default([]),
    })
    .prefault({}),
  limits: z
    .strictObject({
      modelBytes: count(1, 8_192 * MiB).default(512 * MiB),
      tensorBytes: count(1, 4_096 * MiB).default(256 * MiB),
      traceBytes: count(1, 65_536 * MiB).default(4_096 * MiB),
      downloadMs: count(100, 3_600_000).default(60_000),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error", "silent"], {
          error: "must be one of debug, info, warn, error, silent",
        })
        .default("info"),
      format: z.enum(["auto", "json", "text"], { error: "must be one of auto, json, text" }).default("auto"),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;

/** Settings that may also come from the environment: variable, path in the file, and how the text becomes a value. */
export const ENVIRONMENT: readonly (readonly [name: string, path: string, kind: "text" | "number" | "versions" | "list"])[] = [
  ["OPG_RPC_URL", "network.rpcUrl", "list"],
  ["OPG_DEPLOYMENT", "network.deployment", "text"],
  ["OPG_CONFIRMATIONS", "network.confirmations", "number"],
  ["OPG_POLL_MS", "network.pollMs", "number"],
  ["OPG_MAX_FEE_GWEI", "network.maxFeeGwei", "number"],
  ["OPG_MAX_DISPUTE_FEE_GWEI", "network.maxDisputeFeeGwei", "number"],
  ["OPG_KEYSTORE", "key.keystore", "text"],
  ["OPG_PASSWORD_FILE", "key.passwordFile", "text"],
  ["OPG_DATA_DIR", "dataDir", "text"],
  ["OPG_STORE_URL", "store.url", "text"],
  ["OPG_EVIDENCE_URL", "evidence.url", "text"],
  ["OPG_WORK_PLACES", "work.places", "number"],
  ["OPG_WORK_IN_HAND", "work.inHand", "number"],
  ["OPG_API_HOST", "api.host", "text"],
  ["OPG_API_PORT", "api.port", "number"],
  ["OPG_PUBLIC_URL", "api.publicUrl", "text"],
  ["OPG_MAX_HEAD_AGE", "health.maxHeadAge", "number"],
  ["OPG_OPERATOR_VERSIONS", "operator.versions", "versions"],
  ["OPG_WATCHER_VERSIONS", "watcher.versions", "versions"],
  ["OPG_LOG_LEVEL", "log.level", "text"],
  ["OPG_LOG_FORMAT", "log.format", "text"],
];
