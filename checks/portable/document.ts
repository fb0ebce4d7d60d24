/** docs/hardware.md: text by hand, and a table between two marks whose rows are of as many machines as have written them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Row } from "./table.ts";

const DOCUMENT = join(import.meta.dirname, "..", "..", "docs", "hardware.md");
const [OPEN, CLOSE] = ["<!-- hosts -->", "<!-- /hosts -->"];
const HEAD = ["| processor | instructions | runtime | models | tensors | beside the first host |", "|---|---|---|---|--:|---|"];

/** One line for all models of a host of which the same is true. */
function linesOf(rows: readonly Row[]): string[] {
  const alike = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.host, row.outcome]);
    alike.set(key, [...(alike.get(key) ?? []), row]);
  }
  return [...alike.values()].map((group) => {
    const [{ host, instructions, runtime, outcome }] = group;
    const tensors = group.reduce((sum, row) => sum + row.tensors, 0);
    return `| ${[host, instructions, runtime, group.map(({ subject }) => subject).join("; "), tensors, outcome].join(" | ")} |`;
  });
}

/** The document with these rows in the place of those of the same hosts; others keep theirs. */
export function withRows(text: string, rows: readonly Row[]): string {
  const [start, end] = [text.indexOf(OPEN), text.indexOf(CLOSE)];
  if (start < 0 || end < start) throw new Error("docs/hardware.md lacks the marks of its table");
  const measured = new Set(rows.map(({ host }) => host));
  const kept = text.slice(start, end).split("\n").filter((row) => row.startsWith("| ") && !HEAD.includes(row) && !measured.has(row.slice(2).split(" | ")[0]));
  const table = [...HEAD, ...linesOf(rows), ...kept].join("\n");
  return `${text.slice(0, start + OPEN.length)}\n\n${table}\n\n${text.slice(end)}`;
}

export const writeRows = (rows: readonly Row[]): void => writeFileSync(DOCUMENT, withRows(readFileSync(DOCUMENT, "utf8"), rows));
