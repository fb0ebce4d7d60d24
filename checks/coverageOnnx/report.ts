import type { Fault } from "../../core/faults.ts";
import type { Outcome } from "./messages.ts";
import type { NamedModel } from "./models.ts";

/** What became of one model of a folder. */
export interface Row extends Omit<Outcome, "kind"> {
  readonly name: string;
}

export const rowOf = ({ name }: NamedModel, { kind: _, ...found }: Outcome): Row => ({ name, ...found });

export const isTaken = ({ faults, wrong }: Row): boolean => faults.length === 0 && wrong.length === 0;

/** A reason without what belongs to one model alone: names, numbers and how its inputs may be given. */
export const reasonOf = ({ op, why }: Fault): string =>
  `${op === "" ? "" : `${op}: `}${why.replace(/; it depends on the inputs? ".*$/, "; it depends on inputs").replaceAll(/"[^"]*"/g, "…").replaceAll(/\[[^\]]*\]/g, "[…]").replaceAll(/\b(float|u?int|bfloat|complex)(\d+)|-?\d[\d,.]*/g, (text, type: string | undefined) => (type === undefined ? "N" : text))}`;

/** Reasons with the number of models that each keeps out, the most frequent first. */
export function reasons(rows: readonly Row[]): [reason: string, models: number][] {
  const counts = new Map<string, number>();
  for (const { faults } of rows) for (const reason of new Set(faults.map(reasonOf))) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

const cell = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("<", "&lt;");
const grouped = (value: number): string => Math.round(value).toLocaleString("en");
const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const mebibytes = (bytes: number): string => grouped(bytes / 2 ** 20);

const verdict = (row: Row): string => `${outcome(row)}${row.bound.length === 0 ? "" : `, with the test's own value of ${row.bound.join(", ")}`}`;

const outcome = ({ faults, wrong }: Row): string =>
  wrong.length > 0
    ? `judged wrong: ${wrong[0]}`
    : faults.length === 0
      ? "taken"
      : `refused: ${faults.slice(0, 3).map(({ name, op, why }) => `${name}${op === "" ? "" : ` (${op})`}: ${why}`).join("; ")}${faults.length > 3 ? `; and ${faults.length - 3} more` : ""}`;

const table = (head: readonly string[], aligns: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, aligns, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** Models that a table lists one by one; of more only those that are refused, or cost the most. */
const MOST_ROWS = 200;
const DEAREST = 20;

/** The rows that a table has, and what it leaves out. */
function listed(rows: readonly Row[]): { shown: readonly Row[]; left: readonly string[] } {
  if (rows.length <= MOST_ROWS) return { shown: rows, left: [] };
  const dearest = new Set([...rows].sort((a, b) => b.gas - a.gas).slice(0, DEAREST));
  const shown = rows.filter((row) => !isTaken(row) || dearest.has(row));
  return { shown, left: [`Of the models that are taken, the table has the ${DEAREST} with the dearest verdicts.`] };
}

/** A folder's part of docs/coverage.md. */
export function section(rows: readonly Row[], elements: number): string {
  const taken = rows.filter(isTaken);
  const sum = `${taken.length} of ${rows.length} taken${elements === 0 ? " (compiled; the contracts were not asked)" : ` and certified, with ${elements} elements of every node`}.`;
  const bound = rows.filter((row) => row.bound.length > 0 && isTaken(row)).length;
  const known = bound === 0 ? [] : [`Of these, ${bound} are taken with values of inputs that must be known when a model is compiled, such as axes: those of the test that lies beside the model.`];
  const { shown, left } = listed(rows);
  const models = table(
    ["model", "nodes", "bounded", "dearest verdict, gas", "time, s", "memory, MiB", ""],
    ["---", "--:", "--:", "--:", "--:", "--:", "---"],
    shown.map((row) => [
      cell(row.name),
      ...(row.nodes === 0 ? ["", "", ""] : [String(row.nodes), String(row.bounded), row.gas === 0 ? "" : grouped(row.gas)]),
      ...[seconds(row.ms), row.memory === 0 ? "" : mebibytes(row.memory), cell(verdict(row))],
    ]),
  );
  const why = reasons(rows);
  const sums = why.length === 0 ? [] : [table(["reason", "models"], ["---", "--:"], why.map(([reason, count]) => [cell(reason), String(count)]))];
  return [sum, ...known, ...sums, ...left, models].join("\n\n");
}
