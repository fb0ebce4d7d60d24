import { functionOf, type Place } from "../instrument/ast.ts";

/** A change of one file: the text from `start` to `end` becomes `text`. */
export interface Mutant {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The node that is changed. */
  readonly place: Place;
}

/** What names a mutant whatever line it stands on: the function, the line's text, the change, and which of several. */
export interface MutantName {
  readonly file: string;
  readonly function: string;
  readonly code: string;
  readonly change: string;
  readonly nth?: number;
}

const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();
const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** The names of a file's mutants, in order. */
export function nameAll(mutants: readonly Mutant[], source: string): MutantName[] {
  const seen = new Map<string, number>();
  return mutants.map((m) => {
    const from = source.lastIndexOf("\n", m.start) + 1;
    const until = source.indexOf("\n", m.start);
    const change = `${short(squeeze(source.slice(m.start, m.end)))} → ${short(squeeze(m.text)) || "(deleted)"}`;
    const name = { file: m.file, function: functionOf(m.place), code: Buffer.from(squeeze(source.slice(from, until)), "latin1").toString(), change };
    const key = JSON.stringify(name);
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    return nth === 1 ? name : { ...name, nth };
  });
}

export const keyOf = (n: MutantName): string => [n.file, n.function, n.code, n.change, n.nth ?? 1].join(" | ");
