import { describeDifference } from "../../core/compile/difference.ts";
import type { CertifyReport, NodeReport } from "./certify.ts";

const COLUMNS: readonly { title: string; right?: boolean; of: (node: NodeReport) => string }[] = [
  { title: "#", right: true, of: ({ index }) => String(index) },
  { title: "node", of: ({ name }) => shorten(name) },
  { title: "op", of: ({ op }) => op },
  { title: "rule", of: ({ rule }) => rule },
  { title: "honest accepted", right: true, of: ({ honestAccepted, elements }) => `${honestAccepted}/${elements}` },
  { title: "corrupted convicted", right: true, of: ({ convicted, corruptions }) => `${convicted}/${corruptions}` },
  { title: "redrawn", right: true, of: ({ redrawn }) => String(redrawn) },
  { title: "max gas", right: true, of: ({ maxGas, tooLarge }) => `${maxGas.toLocaleString("en")}${tooLarge > 0 ? "!" : ""}` },
];

const shorten = (name: string): string => (name.length <= 32 ? name : `…${name.slice(-31)}`);

const sum = (nodes: readonly NodeReport[], of: (node: NodeReport) => number): number => nodes.reduce((n, node) => n + of(node), 0);

/** The report for people. */
export function printReport(report: CertifyReport): string {
  const { file, programRoot, nodes, unsupported, differences } = report;
  if (programRoot === null) {
    const lines = unsupported.map(({ name, op, why }) => `  ${name}${op === "" ? "" : ` (${op})`}: ${why}`);
    return [`${file} cannot be taken:`, ...lines].join("\n");
  }
  const rows = nodes.map((node) => COLUMNS.map(({ of }) => of(node)));
  const widths = COLUMNS.map(({ title }, c) => Math.max(title.length, ...rows.map((row) => row[c].length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, c) => (COLUMNS[c].right ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join("  ").trimEnd();
  const failures = nodes.flatMap(({ index, name, failures: list }) =>
    list.map(({ element, kind, value, honest, why }) => `node ${index} ${name}, element ${element}, ${kind} ${value} (honest ${honest}): ${why}`),
  );
  const elements = sum(nodes, (node) => node.elements);
  const corruptions = sum(nodes, (node) => node.corruptions);
  const dearest = nodes.reduce<NodeReport | undefined>((max, node) => (max === undefined || node.maxGas > max.maxGas ? node : max), undefined);
  const tooLarge = sum(nodes, (node) => node.tooLarge);
  return [
    `${file}  program ${programRoot}`,
    ...differences.map((difference) => `${difference.output} is not what the file computes: ${describeDifference(difference)}`),
    "",
    line(COLUMNS.map(({ title }) => title)),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
    "",
    ...failures,
    `honest values accepted ${sum(nodes, (node) => node.honestAccepted)} of ${elements}, corrupted ones convicted ${sum(nodes, (node) => node.convicted)} of ${corruptions}` +
      (dearest === undefined ? "" : `; dearest proof ${dearest.maxGas.toLocaleString("en")} gas (${dearest.name})`),
    ...(tooLarge > 0 ? [`! ${tooLarge} elements need a proof beyond what one transaction can carry`] : []),
    report.ok ? "ok" : "NOT OK",
  ].join("\n");
}

/** The report as one line. */
export const printJson = (report: CertifyReport): string => JSON.stringify(report);
