/** docs/economics.md: text by hand, tables by the script between two marks. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const DOCUMENT = join(import.meta.dirname, "..", "..", "docs", "economics.md");

/** The document with every table of `parts` between `<!-- NAME -->` and `<!-- /NAME -->`. Throws on a mark that is missing. */
export function filled(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((document, [name, part]) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [start, end] = [document.indexOf(open), document.indexOf(close)];
    if (start < 0 || end < start) throw new Error(`docs/economics.md lacks the marks of "${name}"`);
    return `${document.slice(0, start + open.length)}\n\n${part}\n\n${document.slice(end)}`;
  }, text);
}

export const readDocument = (): string => readFileSync(DOCUMENT, "utf8");
export const writeDocument = (text: string): void => writeFileSync(DOCUMENT, text);
