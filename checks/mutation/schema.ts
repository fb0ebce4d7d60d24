/**
 * Mutant schemata: one source holds all of its mutants, and which of them runs is chosen at run time (Probe.sol), so a
 * thousand mutants cost one compilation.
 */
import { child, children, rangeOf, type AstNode } from "../instrument/ast.ts";
import { extent, siteOf, withProbe, type Site } from "../instrument/site.ts";
import type { Mutant } from "./mutant.ts";

/** The mutants of one site, numbered from `first` on. */
export interface Group {
  readonly first: number;
  readonly mutants: readonly Mutant[];
}
export interface Schema {
  readonly text: string;
  readonly groups: readonly Group[];
}

/** What stands around a mutant's text, so that a compiler's complaint can be traced to it. */
const marked = (number: number, text: string): string => `/*<${number}*/${text}/*${number}>*/`;
export function mutantAt(text: string, offset: number): number | undefined {
  const opened: number[] = [];
  for (const [mark, open] of text.slice(0, offset).matchAll(/\/\*(<)?\d+>?\*\//g)) {
    if (open === undefined) opened.pop();
    else opened.push(Number(/\d+/.exec(mark)![0]));
  }
  return opened.at(-1);
}

/** The source with these mutants, numbered from `first` on. */
export function schema(source: string, mutants: readonly Mutant[], first: number): Schema {
  const sites = new Map<AstNode, { site: Site; mutants: Mutant[] }>();
  for (const m of mutants) {
    const site = siteOf(m.place)!;
    const entry = sites.get(site.place.node) ?? { site, mutants: [] };
    sites.set(site.place.node, entry);
    entry.mutants.push(m);
  }
  const ordered = [...sites.values()].sort((a, b) => a.site.place.start - b.site.place.start || b.site.place.end - a.site.place.end);

  const groups: Group[] = [];
  let number = first;
  const numbered = ordered.map((entry) => {
    const group = { first: number, mutants: entry.mutants };
    groups.push(group);
    number += entry.mutants.length;
    return { ...entry, group };
  });

  /** The text from `from` to `until`, its sites rendered; those that begin at `index` or later. */
  let index = 0;
  const render = (from: number, until: number): string => {
    let text = "";
    let at = from;
    while (index < numbered.length && numbered[index].site.place.start < until) {
      const { site, group } = numbered[index++];
      const [start, end] = extent(source, site);
      text += source.slice(at, start) + switched(source, site, group, () => render(start, end));
      at = end;
    }
    return text + source.slice(at, until);
  };
  return { text: withProbe(render(0, source.length)), groups };
}

function switched(source: string, site: Site, { first, mutants }: Group, original: () => string): string {
  const { node } = site.place;
  const [start, end] = extent(source, site);
  const changed = mutants.map((m) => (source.slice(start, m.start) + m.text + source.slice(m.end, end)).replace(/^\s*;$/, ""));
  const among = `__Probe.among(${first}, ${mutants.length})`;
  if (site.kind === "expression") {
    const arms = changed.map((text, i) => (i + 1 < changed.length ? `__Probe.chosen(${first + i}) ? (${marked(first + i, text)}) : ` : `(${marked(first + i, text)})`));
    return `(${among} ? (${arms.join("")}) : (${original()}))`;
  }
  const assign = site.kind === "declaration" ? assigning(source, node) : (text: string): string => text;
  const arms = changed.map((text, i) => `${i + 1 < changed.length ? `if (__Probe.chosen(${first + i})) ` : ""}{${marked(first + i, assign(text))}}`);
  const choice = `if (${among}) {${arms.join(" else ")}} else {${assign(original())}}`;
  return site.kind === "declaration" ? `${declared(source, node)} ${choice}` : `{${choice}}`;
}

/** A declaration's variables without their values. */
const declared = (source: string, node: AstNode): string =>
  children(node, "declarations")
    .map((d) => `${source.slice(...rangeOf(d))};`)
    .join(" ");

/** Turns `T x = e` to `x = e` and `(T x, , U y) = e` to `(x, , y) = e`, for an `e` that may have changed. */
function assigning(source: string, node: AstNode): (text: string) => string {
  const [start] = rangeOf(node);
  const [value] = rangeOf(child(node, "initialValue")!);
  const head = source.slice(start, value);
  const names = (node.declarations as (AstNode | null)[]).map((d) => (d === null ? "" : String(d.name)));
  const target = head.startsWith("(") ? `(${names.join(", ")})` : names[0];
  return (text) => `${target} = ${text.slice(head.length)}`;
}
