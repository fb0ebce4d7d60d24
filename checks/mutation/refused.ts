import { CompileFailed, complaints, type CompileError, type Sources } from "../instrument/compile.ts";
import type { Mutant } from "./mutant.ts";
import { mutantAt, schema } from "./schema.ts";

/** A variable that may be used before it is set: the compiler complains of the use, wherever the change is. */
const UNSET = "3464";

/** Those of a file's mutants that are no programs. */
export function refusedOf(file: string, source: string, mutants: readonly Mutant[], overlay: Sources): Mutant[] {
  const refused = new Set<Mutant>();
  for (;;) {
    const left = mutants.filter((m) => !refused.has(m));
    const { errors, at } = compiled(file, source, left, overlay);
    if (errors.length === 0) return [...refused];
    const own = errors.map((e) => (e.errorCode === UNSET ? undefined : at(e)));
    const found = own.includes(undefined) ? byHalves(left, (some) => compiled(file, source, some, overlay).errors.length === 0) : own;
    // What the compiler has against all mutants and against none of them is not theirs.
    if (found.length === 0) throw new CompileFailed(errors);
    for (const mutant of found) refused.add(mutant!);
  }
}

interface Compiled {
  readonly errors: readonly CompileError[];
  /** The mutant in whose text an error stands. */
  at(error: CompileError): Mutant | undefined;
}

function compiled(file: string, source: string, mutants: readonly Mutant[], overlay: Sources): Compiled {
  const { text, groups } = schema(source, mutants, 0);
  const numbered = groups.flatMap((group) => group.mutants);
  const at = ({ sourceLocation }: CompileError): Mutant | undefined => {
    const number = sourceLocation?.file === file ? mutantAt(text, sourceLocation.start) : undefined;
    return number === undefined ? undefined : numbered[number];
  };
  return { errors: complaints([file], new Map(overlay).set(file, text)), at };
}

/** The items that are not sound by themselves, of a list that is sound if all of them are. */
export function byHalves<T>(items: readonly T[], sound: (some: readonly T[]) => boolean): T[] {
  if (items.length === 0 || sound(items)) return [];
  if (items.length === 1) return [...items];
  const middle = items.length >> 1;
  return [...byHalves(items.slice(0, middle), sound), ...byHalves(items.slice(middle), sound)];
}
