/** The TypeScript of a README: blocks that follow one another are one program, and one that connects begins another. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export function programsIn(file: string): string[] {
  const blocks = [...readFileSync(file, "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  const programs: string[] = [];
  for (const block of blocks) {
    if (programs.length === 0 || /^import .*\bconnect\b/m.test(block)) programs.push(block);
    else programs[programs.length - 1] += block;
  }
  return programs;
}

/**
 * Runs a program to its end; returns what it printed, line by line.
 * @param places of what it imports by name, of which the rest is found as this repository finds it
 */
export async function runProgram(program: string, places: Readonly<Record<string, string>>): Promise<unknown[][]> {
  const folder = mkdtempSync(join(tmpdir(), "opg-readme-"));
  const printed: unknown[][] = [];
  const print = console.log;
  try {
    const placed = program.replaceAll(/ from "([^".][^"]*)"/g, (whole, name: string) =>
      name.startsWith("node:") ? whole : ` from ${JSON.stringify(name in places ? pathToFileURL(places[name]).href : import.meta.resolve(name))}`,
    );
    const file = join(folder, "program.mts");
    writeFileSync(file, placed);
    console.log = (...values: unknown[]) => void printed.push(values);
    await import(pathToFileURL(file).href);
    return printed;
  } finally {
    console.log = print;
    rmSync(folder, { recursive: true });
  }
}
