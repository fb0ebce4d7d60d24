/** Writes docs/errors.md out of the tables of errors: `npm run errors`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CONTRACT_ERRORS } from "../core/contractErrors.ts";
import { ERROR_TABLES, exitCodeOf } from "../core/errorCodes.ts";
import type { CodeEntry } from "../core/errorCodes.ts";

export const ERRORS_FILE = join(import.meta.dirname, "..", "docs", "errors.md");

const INTRODUCTION = `# Errors

*This page is made by \`npm run errors\` from \`core/errorCodes.ts\` and \`core/contractErrors.ts\`.*

A command that fails says what is wrong in one line that begins with \`opg:\`, and the way out in one that begins with \`fix:\`. With \`--json\` its last line is \`{"ok":false,"error":{"code","message","fix",…}}\`. A daemon tells the same in its log.

| exit code | means |
|---|---|
| 0 | done |
| 1 | refused or failed: the chain, a node, the store or the machine said no; \`opg verify\` found a MISMATCH; \`opg doctor\` found a fault |
| 2 | unusable input: an argument, a file, a key or the configuration has to be corrected first, and nothing was sent |
`;

const cell = (text: string): string => text.replaceAll("|", "\\|");

function codeTable([title, codes]: readonly [string, Readonly<Record<string, CodeEntry>>]): string {
  const rows = Object.entries(codes).map(([code, { kinds, cause, fix }]) => {
    const exits = [...new Set(kinds.map(exitCodeOf))].sort().join(" or ");
    return `| \`${code}\` | ${exits} | ${cell(cause)} | ${cell(fix)} |`;
  });
  return `## ${title}\n\n| code | exit | cause | fix |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

const contractTable = (): string => {
  const rows = Object.entries(CONTRACT_ERRORS)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, { says, fix }]) => `| \`${name}\` | ${cell(says.replaceAll(/\{(\w+)(?: \w+)?\}/g, "*$1*"))} | ${cell(fix)} |`);
  return `## Errors of the contracts

They come with the code \`TX_REFUSED\`, with their values in place of the words in italics (amounts in OPG, times in ISO form), and their name in parentheses.

| name | says | fix |
|---|---|---|
${rows.join("\n")}
`;
};

/** The page. */
export const errorsPage = (): string => [INTRODUCTION, ...Object.entries(ERROR_TABLES).map(codeTable), contractTable()].join("\n");

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) writeFileSync(ERRORS_FILE, errorsPage());
