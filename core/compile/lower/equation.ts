/** An equation of Einsum for operands of given ranks: a label for every axis. Axes that an ellipsis stands for are labelled by numbers, counted from the last. */
export interface Equation {
  readonly terms: readonly (readonly string[])[];
  readonly output: readonly string[];
}

const TERM = /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/;
const ELLIPSIS = "...";

/** The axes of a term; undefined where they are not as many as the rank. */
function labelled(term: string, rank: number): readonly string[] | undefined {
  if (!TERM.test(term)) return undefined;
  const [before, after] = term.split(ELLIPSIS);
  const rest = rank - before.length - (after?.length ?? 0);
  if (rest < 0 || (after === undefined && rest > 0)) return undefined;
  return [...before, ...Array.from({ length: rest }, (_, i) => String(rest - 1 - i)), ...(after ?? "")];
}

/** Where no output is stated: what an ellipsis stands for, then the letters that occur once, in their order. */
function impliedOutput(terms: readonly (readonly string[])[], broadcast: readonly string[]): readonly string[] {
  const all = terms.flat();
  const once = all.filter((label) => /[A-Za-z]/.test(label) && all.indexOf(label) === all.lastIndexOf(label));
  return [...broadcast, ...once.sort()];
}

/** Undefined where the equation does not fit operands of these ranks. */
export function readEquation(equation: string, ranks: readonly number[]): Equation | undefined {
  const [left, right, more] = equation.replaceAll(" ", "").split("->");
  const written = left.split(",");
  const terms = written.map((term, i) => labelled(term, ranks[i] ?? -1)).filter((term) => term !== undefined);
  if (more !== undefined || written.length !== ranks.length || terms.length !== ranks.length) return undefined;
  const most = Math.max(0, ...terms.map((term) => term.filter((label) => /\d/.test(label)).length));
  const broadcast = Array.from({ length: most }, (_, i) => String(most - 1 - i));
  if (right === undefined) return { terms, output: impliedOutput(terms, broadcast) };
  const output = labelled(right, right.replace(ELLIPSIS, "").length + (right.includes(ELLIPSIS) ? most : 0));
  const known = new Set(terms.flat());
  if (output === undefined || new Set(output).size < output.length || !output.every((label) => known.has(label))) return undefined;
  return { terms, output };
}
