/** The fenced blocks of the documents. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { documentsOf } from "../../checks/links.ts";

export const ROOT = join(import.meta.dirname, "..", "..");

export interface Block {
  /** Of its fence, from 1 on. */
  readonly line: number;
  /** The first word behind the fence; empty where there is none. */
  readonly language: string;
  /** What stands behind it. */
  readonly manner: string;
  /** Without the indentation of the fence, for blocks in lists. */
  readonly text: string;
}

export interface DocumentBlock extends Block {
  readonly document: string;
}

export function blocksIn(markdown: string): Block[] {
  return [...markdown.matchAll(/^([ \t]*)```([\w-]*) *(.*)\n([^]*?)^\1```$/gm)].map(({ 1: indent, 2: language, 3: manner, 4: text, index }) => ({
    line: markdown.slice(0, index).split("\n").length,
    language,
    manner,
    text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

/** Every block of every document of the repository. */
export const documentBlocks = (): DocumentBlock[] =>
  documentsOf(ROOT).flatMap((document) => blocksIn(readFileSync(join(ROOT, document), "utf8")).map((block) => ({ ...block, document })));
