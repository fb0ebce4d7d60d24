/** Writes docs/settings.md out of the configuration's schema and the tables of variables: `npm run settings`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { configSchema, ENVIRONMENT, ENVIRONMENT_ONLY } from "../oracle/config/schema.ts";

export const SETTINGS_FILE = join(import.meta.dirname, "..", "docs", "settings.md");

/** What the demo, the tests, the measurements and the shipped deployments read; the program does not. */
export const AROUND: readonly (readonly [name: string, meaning: string])[] = [
  ["OPG_DEMO_LOG", "`npm run demo`: level of its daemons' logs. By default `silent`."],
  ["OPG_OVERWRITE", "`npm run deploy`: 1 replaces a file of addresses without asking; the old one is kept beside it."],
  ["OPG_DOCS_REPOSITORY", "`npm run docs`: where the files of the repository can be read, for links to sources, such as `https://example.org/project/blob/main`; without it they are text."],
  ["OPG_ROLES", "`deploy/compose.yaml`: roles of the daemon. By default `--operator --watcher --keeper`."],
  ["OPG_WORKER_PLACES", "`deploy/compose.yaml`: `OPG_WORK_PLACES` of each worker. By default 1."],
  ["OPG_TEST_PROFILE", "Tests: `deep` plays many more cases (`npm run test:deep`)."],
  ["OPG_FIGURES", "Tests: 1 prints what was measured."],
  ["OPG_SEED", "Tests that choose at random: the seed, which they print."],
  ["OPG_ELEMENTS", "The campaign over whole networks: elements of honest runs."],
  ["OPG_FUZZ", "Tests of operators and measurements of exact arithmetic: cases each."],
  ["OPG_CAMPAIGN", "`npm run campaign`: lies before the contracts."],
  ["OPG_LIES", "The same before whole daemons, and lies in random graphs."],
  ["OPG_KILLS", "`npm run chaos`: kills on each store."],
  ["OPG_JOBS", "`npm run chaos`: jobs at each rate of failures."],
  ["OPG_RATES", "`npm run chaos`: these rates, such as `0.01,0.1`."],
  ["OPG_ROUNDS", "Tests of several processes: how often each is killed."],
  ["OPG_PROGRAMS", "`npm run convictable`: random programs."],
  ["OPG_ONNX_DATA", "Tests and measurements: the folder with the ONNX project's test data."],
  ["UPDATE_SNAPSHOTS", "Tests: 1 writes `test/snapshots` anew."],
  ["OPG_WRITE_VECTORS", "Tests of operators: 1 writes `test/vectors/ops` anew."],
];

const INTRODUCTION = `# Settings

*This page is made by \`npm run settings\` from \`oracle/config/schema.ts\`.*

Every command reads one configuration: \`opg.config.json\` in the current folder, or what \`--config\` or \`OPG_CONFIG\` names. What is not in it has its default, so that no file is needed to begin with; \`opg config init\` writes one with every default, \`opg config check\` names every fault of one. A variable goes before the file, and one that is empty counts for nothing. Paths in the file are relative to the file, those of variables to the current folder; lists in variables are written with commas.

\`network.pollMs\` is \`{ "network": { "pollMs": 1000 } }\`. An amount is written in whole coins, with up to 18 decimals; coins are OPG and the chain's native coin (10^18 wei).

`;

interface Setting {
  readonly path: string;
  readonly field: z.ZodType;
  readonly fallback: unknown;
}

/** The settings of a section, or of the file itself, with their defaults. */
const settingsOf = (prefix: string, shape: Readonly<Record<string, z.ZodType>>, defaults: Readonly<Record<string, unknown>>): Setting[] =>
  Object.entries(shape).map(([name, field]) => ({ path: `${prefix}${name}`, field, fallback: defaults[name] }));

/** The section behind a field; undefined where the field is a setting. */
function sectionOf(field: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const inner = field instanceof z.ZodPrefault ? field.unwrap() : field;
  return inner instanceof z.ZodObject ? (inner.shape as Readonly<Record<string, z.ZodType>>) : undefined;
}

/** A field without a meaning has no place in the configuration. */
function meaningOf(path: string, { description }: z.ZodType): string {
  if (description === undefined || description === "") throw new Error(`${path} has no description`);
  return description;
}

/** In the words that refuse what no field takes. */
function takenBy(path: string, field: z.ZodType): string {
  const refusal = field.safeParse(Symbol("taken by no field")).error?.issues[0]?.message ?? "";
  const [, taken] = /^must be (.+)$/.exec(refusal) ?? [];
  if (taken === undefined) throw new Error(`${path} does not say what it takes: "${refusal}"`);
  return taken;
}

function shown(value: unknown, taken: string): string {
  if (value === undefined) return "";
  const list = Array.isArray(value) ? value : undefined;
  const written = `\`${JSON.stringify(list?.length === 1 ? list[0] : value)}\``;
  const [, unit] = /\b(?:number|amount) of (the native coin|\w+)/.exec(taken) ?? [];
  if (unit === "bytes") return `${written} (${Number(value) / 2 ** 20} MiB)`;
  return unit === undefined ? written : `${written} ${unit}`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");
const variables = new Map(ENVIRONMENT.map(([name, path]) => [path, name]));

function settingsTable(settings: readonly Setting[]): string {
  const rows = settings.map(({ path, field, fallback }) => {
    const taken = takenBy(path, field);
    const variable = variables.get(path);
    const cells = [`\`${path}\``, variable === undefined ? "" : `\`${variable}\``, taken, shown(fallback, taken), meaningOf(path, field)];
    return `| ${cells.map(cell).join(" | ")} |`;
  });
  return `| setting | variable | takes | default | meaning |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
}

const variablesTable = (entries: readonly (readonly [name: string, meaning: string])[]): string =>
  `| variable | meaning |\n|---|---|\n${entries.map(([name, meaning]) => `| \`${name}\` | ${cell(meaning)} |`).join("\n")}\n`;

/** The page, of this schema. */
export function settingsPage(schema: z.ZodObject = configSchema): string {
  const defaults = schema.parse({});
  const fields = settingsOf("", schema.shape as Readonly<Record<string, z.ZodType>>, defaults);
  const sections = fields.flatMap(({ path, field, fallback }) => {
    const shape = sectionOf(field);
    if (shape === undefined) return [];
    return [`## ${path}\n\n${meaningOf(path, field)}\n\n${settingsTable(settingsOf(`${path}.`, shape, fallback as Record<string, unknown>))}`];
  });
  return (
    INTRODUCTION +
    [
      settingsTable(fields.filter(({ field }) => sectionOf(field) === undefined)),
      ...sections,
      `## Only from the environment\n\n${variablesTable(ENVIRONMENT_ONLY)}`,
      `## Around the program\n\nRead by the demo, the tests, the measurements and the deployments that are shipped, not by \`opg\`.\n\n${variablesTable(AROUND)}`,
    ].join("\n")
  );
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) writeFileSync(SETTINGS_FILE, settingsPage());
