import { children, walk, type AstNode, type Place } from "../instrument/ast.ts";
import { siteOf } from "../instrument/site.ts";
import type { Mutant } from "./mutant.ts";
import { SolidityOperators } from "./solidity.ts";
import { yulChanges } from "./yul.ts";

/** Constants and members of enumerations of all parsed files, by id; a member knows all members' names. */
export function declarationsOf(asts: Iterable<AstNode>): Map<number, AstNode> {
  const found = new Map<number, AstNode>();
  for (const ast of asts)
    for (const { node } of walk(ast)) {
      if (node.nodeType === "EnumDefinition") {
        const members = children(node, "members").map((m) => String(m.name));
        for (const member of children(node, "members")) found.set(Number(member.id), { ...member, members });
      }
      if (node.nodeType === "VariableDeclaration" && node.constant === true) found.set(Number(node.id), node);
    }
  return found;
}

/** All mutants of a file, in the order of its text. */
export function enumerate(file: string, source: string, ast: AstNode, declarations: ReadonlyMap<number, AstNode>): Mutant[] {
  const solidity = new SolidityOperators(source, declarations);
  const constants = new Set([...declarations.values()].filter((d) => d.constant === true).map((d) => String(d.name)));
  const found: Mutant[] = [];
  const seen = new Set<string>();
  const add = (place: Place, changes: ReturnType<typeof yulChanges>): void => {
    for (const change of changes) {
      const key = `${change.start} ${change.end} ${change.text}`;
      if (!seen.has(key)) found.push({ file, ...change, place });
      seen.add(key);
    }
  };
  for (const place of walk(ast)) {
    if (siteOf(place) === undefined) continue;
    add(place, place.node.nodeType.startsWith("Yul") ? yulChanges(place, source, constants) : solidity.changes(place));
  }
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}
