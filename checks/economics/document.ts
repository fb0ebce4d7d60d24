/** docs/economics.md: text by hand, tables by the script between two marks. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filledIn } from "../marks.ts";

export const DOCUMENT = join(import.meta.dirname, "..", "..", "docs", "economics.md");

/** The document with these tables between their marks. Throws on a mark that is missing. */
export const filled = (text: string, parts: Readonly<Record<string, string>>): string => filledIn("docs/economics.md", text, parts);

export const readDocument = (): string => readFileSync(DOCUMENT, "utf8");
export const writeDocument = (text: string): void => writeFileSync(DOCUMENT, text);
