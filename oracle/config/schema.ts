import { z } from "zod";

// What a setting takes is said once, in the words that refuse anything else; docs/settings.md has them from there, and the
// meanings from the descriptions.

const url = (...schemes: string[]) => {
  const error = `must be a URL beginning with ${schemes.map((s) => `${s}://`).join(" or ")}`;
  return z.string({ error }).refine(
    (text) => {
      try {
        return schemes.includes(new URL(text).protocol.slice(0, -1));
      } catch {
        return false;
      }
    },
    { error },
  );
};

/** Amounts are written in whole coins, as people think of them, with up to 18 decimals, and held in base units. */
const amount = (coin: string) => {
  const error = `must be an amount of ${coin} in quotes, such as "0.5"`;
  return z.string({ error }).regex(/^\d{1,10}(\.\d{1,18})?$/, { error });
};
const opg = amount("OPG");
const native = amount("the native coin");

const bytes32 = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, { error: "must be 32 bytes as 0x and 64 hex digits" })
  .transform((text) => text.toLowerCase());

const whole = (what: string, minimum: number, maximum: number, range = `from ${minimum} to ${maximum}`) => {
  const error = `must be a whole number${what} ${range}`;
  return z
    .number({ error })
    .int({ error })
    .min(minimum, { error: `must be at least ${minimum}` })
    .max(maximum, { error: `must be at most ${maximum}` });
};
const count = (minimum: number, maximum: number) => whole("", minimum, maximum);
const blocks = (minimum: number, maximum: number) => whole(" of blocks", minimum, maximum);
const gwei = (minimum: number, maximum: number) => whole(" of gwei", minimum, maximum);
const milliseconds = (minimum: number, maximum: number) => whole(" of milliseconds", minimum, maximum);

const MiB = 1024 * 1024;
const bytes = (maximum: number) => whole(" of bytes", 1, maximum, `from 1 to ${maximum} (${maximum / MiB} MiB)`);

const text = (what: string) => {
  const error = `must be ${what}`;
  return z.string({ error }).min(1, { error });
};
const path = text("a path");

const choice = <const T extends readonly [string, ...string[]]>(...names: T) =>
  z.enum(names, { error: `must be one of ${names.join(", ")}` });

const versions = z
  .union([z.literal("all"), z.array(bytes32)], { error: 'must be "all" or a list of version ids (0x and 64 hex digits)' })
  .default("all");

const flag = z.boolean({ error: "must be true or false" });

const origins = { error: 'must be a list of up to 32 origins such as https://explorer.example, or "*"' };
const origin = z.string(origins).refine((text) => text === "*" || (/^https?:/.test(text) && URL.parse(text)?.origin === text), origins);

const openNode = { error: "must be a URL beginning with http:// or https://, without user and password" };
/** Browsers ask no address that has a user in it. */
const publicNode = z.string(openNode).refine((text) => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}, openNode);

const gateways = { error: "must be a list of up to eight URLs beginning with http:// or https://" };
const anyGas = { error: "must be a whole number of gas, at least 0" };
const partOfWindow = { error: "must be a part of the window, from 0 to 1" };
const headAge = { error: "must be a whole number of seconds, at least 1, or null for any age" };

export const configSchema = z.strictObject({
  network: z
    .strictObject({
      rpcUrl: z
        .union([url("http", "https").transform((one) => [one]), z.array(url("http", "https")).min(1).max(8)], {
          error: "must be a URL beginning with http:// or https://, or a list of up to eight",
        })
        .default(["http://127.0.0.1:8545"])
        .describe("One node, or several: the first that answers is asked, and where money depends on it two have to agree."),
      deployment: path
        .default("deployments/local.json")
        .describe("The file with the addresses of the network's contracts, as `npm run deploy` writes it."),
      confirmations: blocks(0, 256)
        .optional()
        .describe("Blocks on top before an event or a transaction counts. By default none on a development chain and two elsewhere."),
      pollMs: milliseconds(50, 60_000).default(1_000).describe("Time between two looks at the chain."),
      logRange: blocks(1, 100_000)
        .default(2_000)
        .describe("Blocks whose logs are asked for at once, far below the head. What is too much for a node is asked for in halves."),
      maxFeeGwei: gwei(0, 1_000_000)
        .default(500)
        .describe("What a unit of gas may cost, tip included. While it costs more, nothing is sent."),
      maxDisputeFeeGwei: gwei(0, 1_000_000)
        .default(5_000)
        .describe("The same for answers, challenges and proofs: a bond is worth more than their gas."),
    })
    .prefault({})
    .describe("The chain, and what gas may cost on it."),
  key: z
    .strictObject({
      keystore: path.optional().describe("The account's encrypted key, as `opg key new` makes one."),
      passwordFile: path
        .optional()
        .describe("The file with its password. Without it and without `OPG_PASSWORD`, the terminal is asked."),
    })
    .prefault({})
    .describe("The account. No secret stands in the file itself: one that does is refused."),
  dataDir: path
    .default(".opg")
    .describe("Folder for what this machine keeps: the embedded store, models, and evidence if `evidence.url` names no other place."),
  store: z
    .strictObject({
      url: url("postgres", "postgresql")
        .optional()
        .describe("The PostgreSQL server that the store is kept on. By default it is embedded, in `dataDir`."),
    })
    .prefault({})
    .describe("What the daemon remembers."),
  api: z
    .strictObject({
      host: text("an address or a host's name").default("127.0.0.1").describe("The address that the daemon listens at."),
      port: count(0, 65_535).default(8_600).describe("The port that it listens at; 0 takes any that is free."),
      publicUrl: url("http", "https")
        .optional()
        .describe(
          "Where others reach it: challengers ask there for tensors. By default where it listens; an operator that listens everywhere (0.0.0.0 or ::) has to say it.",
        ),
      index: flag.default(false).describe("Whether it keeps an [index](api.md) of everything that happens in the deployment, and serves it at `/v1`."),
      corsOrigins: z
        .array(origin, origins)
        .max(32, origins)
        .default([])
        .describe('Whose pages may read `/v1` and `/health` in a browser, such as "https://explorer.example"; "*" stands for everybody.'),
      explorerRpcUrl: publicNode
        .optional()
        .describe("A node that everybody may ask: with it the daemon serves the [explorer](explorer.md) at `/explorer/`, whose pages ask that node. None of `network.rpcUrl` is ever given out."),
      explorerName: text("a text").default("OpenGradient Optimistic").describe("What the explorer calls the network."),
      requestsPerMinute: count(0, 1_000_000).default(600).describe("Requests to `/v1` that one address may make in a minute; 0 does not count."),
    })
    .prefault({})
    .describe("The daemon's [HTTP interface](operating.md#endpoints)."),
  evidence: z
    .strictObject({
      url: url("s3", "file")
        .optional()
        .describe(
          "Where they are kept: `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`, or `file:///FOLDER` that all hosts share. By default below `dataDir`.",
        ),
    })
    .prefault({})
    .describe("Tensors of opened traces, and inputs that had to be downloaded."),
  work: z
    .strictObject({
      places: count(0, 256)
        .optional()
        .describe("Models that this process runs side by side; 0 leaves them to workers. By default the concurrency of its roles."),
      threads: count(1, 256)
        .optional()
        .describe(
          "Threads that one run may use, where its version permits as many without a bit changing. By default the processor's cores divided by the places.",
        ),
      inHand: count(1, 4_096)
        .optional()
        .describe("Jobs that the daemon has in hand at once, disputed and not. By default two for every place, and 64 if it has none."),
    })
    .prefault({})
    .describe("How much is done at once."),
  health: z
    .strictObject({
      maxHeadAge: z
        .number(headAge)
        .int(headAge)
        .min(1, headAge)
        .nullable()
        .optional()
        .describe(
          "How old the newest block may be before `/health` says no. By default 120 seconds, and any age on a development chain, which mines on demand.",
        ),
    })
    .prefault({})
    .describe("When a daemon calls itself [healthy](operating.md#health)."),
  operator: z
    .strictObject({
      versions: versions.describe("Versions that it serves."),
      minPrice: opg.default("0").describe("Least fee that it works for."),
      maxBond: opg.default("1000000").describe("Most that it bonds on one job."),
      maxCallbackGas: z
        .number(anyGas)
        .int(anyGas)
        .nonnegative(anyGas)
        .default(1_000_000)
        .describe("Gas that a requester's callback may take: whoever finalizes pays for it."),
      concurrency: count(1, 256).default(2).describe("Models that it runs side by side, unless `work.places` says how many."),
      sampleElements: count(1, 65_536).default(64).describe("Elements of its own trace that a check recomputes."),
      bondPerCheck: opg.default("25000").describe('Bond at stake between two checks of its own trace; "0" checks every job.'),
      maxInputBytes: bytes(1_024 * MiB)
        .default(16 * MiB)
        .describe("Longest input that it takes."),
      leastNative: native
        .optional()
        .describe(
          'What the account should hold: with less, a start warns; "0" never does. By default what a dispute costs at `network.maxDisputeFeeGwei`.',
        ),
    })
    .prefault({})
    .describe("What `opg run --operator` serves, and on what terms."),
  watcher: z
    .strictObject({
      versions: versions.describe("Versions whose results it judges."),
      concurrency: count(1, 256).default(2).describe("Models that it runs side by side, unless `work.places` says how many."),
      hiddenInputAfter: z
        .number(partOfWindow)
        .min(0, partOfWindow)
        .max(1, partOfWindow)
        .default(0.5)
        .describe("Part of the window after which a job whose input nobody serves is challenged, so that its operator shows it."),
      hiddenInputBudget: opg.default("500").describe('What such challenges may put at risk in a day; "0" makes none.'),
      doubtBudget: opg
        .default("100")
        .describe('What challenges of results that the bounds of a model might explain may put at risk in a day; "0" makes none.'),
    })
    .prefault({})
    .describe("What `opg run --watcher` judges."),
  spending: z
    .strictObject({
      opgPerDay: opg.optional().describe("What a watcher may put at risk in challenges and demands in a day."),
      opgPerDispute: opg.optional().describe("The same in one dispute."),
      nativePerDay: native.optional().describe("What may be paid for gas in a day."),
      nativePerDispute: native.optional().describe("The same for one job with its dispute."),
    })
    .prefault({})
    .describe(
      "What may be spent; without a limit where none is set. Answers to challenges, and what follows once a wrong number is found, are counted and never held back: a bond or a challenge's price [hangs on them](operating.md#what-a-day-may-cost).",
    ),
  sources: z
    .strictObject({
      ipfsGateways: z
        .array(url("http", "https"), gateways)
        .max(8, gateways)
        .default([])
        .describe('Where `ipfs://` addresses are asked for, each in turn, such as "https://ipfs.example".'),
    })
    .prefault({})
    .describe("Where models and inputs come from."),
  limits: z
    .strictObject({
      modelBytes: bytes(8_192 * MiB)
        .default(512 * MiB)
        .describe("Longest file of a version."),
      tensorBytes: bytes(4_096 * MiB)
        .default(256 * MiB)
        .describe("Longest tensor, and longest input of somebody else's job."),
      traceBytes: bytes(65_536 * MiB)
        .default(4_096 * MiB)
        .describe("Largest trace: a version that makes a larger one is neither served nor judged."),
      downloadMs: milliseconds(100, 3_600_000).default(60_000).describe("Time that one download may take."),
    })
    .prefault({})
    .describe("What is taken from others at most."),
  log: z
    .strictObject({
      level: choice("debug", "info", "warn", "error", "silent")
        .default("info")
        .describe("The least [level](operating.md#events) that is written."),
      format: choice("auto", "json", "text")
        .default("auto")
        .describe("Lines for programs or for people; `auto` is text on a terminal and JSON elsewhere."),
    })
    .prefault({})
    .describe("What a daemon or a worker writes to standard error."),
});

export type Config = z.infer<typeof configSchema>;

/** Settings that may also come from the environment: variable, path in the file, and how the text becomes a value. */
export const ENVIRONMENT: readonly (readonly [name: string, path: string, kind: "text" | "number" | "flag" | "versions" | "list"])[] = [
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
  ["OPG_WORK_THREADS", "work.threads", "number"],
  ["OPG_WORK_IN_HAND", "work.inHand", "number"],
  ["OPG_API_HOST", "api.host", "text"],
  ["OPG_API_PORT", "api.port", "number"],
  ["OPG_PUBLIC_URL", "api.publicUrl", "text"],
  ["OPG_API_INDEX", "api.index", "flag"],
  ["OPG_API_CORS_ORIGINS", "api.corsOrigins", "list"],
  ["OPG_EXPLORER_RPC_URL", "api.explorerRpcUrl", "text"],
  ["OPG_EXPLORER_NAME", "api.explorerName", "text"],
  ["OPG_API_REQUESTS_PER_MINUTE", "api.requestsPerMinute", "number"],
  ["OPG_MAX_HEAD_AGE", "health.maxHeadAge", "number"],
  ["OPG_OPERATOR_VERSIONS", "operator.versions", "versions"],
  ["OPG_WATCHER_VERSIONS", "watcher.versions", "versions"],
  ["OPG_LOG_LEVEL", "log.level", "text"],
  ["OPG_LOG_FORMAT", "log.format", "text"],
];

/** Variables that stand for no setting: secrets, the place of the file itself, and what opg's parts read of their own. */
export const ENVIRONMENT_ONLY: readonly (readonly [name: string, meaning: string])[] = [
  ["OPG_CONFIG", "The configuration's file, where `--config` names none. By default `opg.config.json`, if it is there."],
  ["OPG_PRIVATE_KEY", "The account's key: 64 hex digits, with or without 0x. It goes before `key.keystore`."],
  ["OPG_PASSWORD", "The keystore's password. It goes before `key.passwordFile`."],
  ["OPG_DEVNET_PORT", "For `opg devnet`, what `--port` is."],
  ["OPG_PINNING_TOKEN", "For `opg model publish --pin`, the token of the pinning service."],
  ["HF_ENDPOINT", "For `opg model import`, the host that hf:// addresses are asked at. By default https://huggingface.co."],
  ["HF_TOKEN", "For `opg model import`, the token for files on Hugging Face that are not public."],
  ["AWS_ACCESS_KEY_ID", "With the next, access to the bucket that `evidence.url` or `--s3` names."],
  ["AWS_SECRET_ACCESS_KEY", "The secret that belongs to it."],
  ["AWS_SESSION_TOKEN", "The token that belongs to both, where access is for a time."],
  ["PGHOST", "PostgreSQL's host, where `store.url` has none."],
  ["PGPORT", "Its port, where `store.url` has none. By default 5432."],
  ["PGUSER", "The user, where `store.url` has none. By default the one who runs `opg`."],
  ["PGPASSWORD", "The password, where `store.url` has none."],
  ["PGDATABASE", "The database, where `store.url` has none. By default the one with the user's name."],
  ["PGPASSFILE", "The file of passwords that is looked into where neither `store.url` nor `PGPASSWORD` has one (`~/.pgpass`)."],
  [
    "PGSSLMODE",
    "TLS to PostgreSQL, unless `store.url` says it: `disable`, the default; `require` or `verify-full`, which check the certificate; `no-verify`, which does not.",
  ],
  ["PGOPTIONS", "Options of the session, such as `-c search_path=opg`."],
  ["NODE_COMPILE_CACHE", "Where Node keeps what it compiled. Unless it is set, `opg` starts with `node_modules/.cache/opg/compiled`."],
  ["MALLOC_ARENA_MAX", "How many arenas glibc takes memory from. Unless it is set, `opg` starts with 1, which holds less."],
  ["MALLOC_TRIM_THRESHOLD_", "How much memory glibc holds back. Unless it is set, `opg` starts with 131072 bytes."],
];
