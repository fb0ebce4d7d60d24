/** Which errors a function's own code can end with: those of every `revert` in it, and in what it calls inside the contract. */
import { walk, type AstNode } from "../instrument/ast.ts";
import type { Declaration, Tree } from "./tree.ts";

const referenced = (node: AstNode): number => Number(node.referencedDeclaration ?? -1);
/** A call from contract to contract ends in another's code. */
const isExternal = (node: AstNode): boolean => ((node.typeDescriptions as { typeIdentifier?: string } | undefined)?.typeIdentifier ?? "").startsWith("t_function_external");
const typesOf = ({ node }: Declaration): string => JSON.stringify(((node.parameters as { parameters: { typeDescriptions: { typeString: string } }[] }).parameters).map(({ typeDescriptions }) => typeDescriptions.typeString));

/** What runs where a contract calls `called`: the most derived function in its place. */
function resolved(tree: Tree, contract: Declaration, called: Declaration): Declaration {
  const bases = tree.basesOf(contract);
  if (called.holder === undefined || called.node.virtual !== true || !bases.includes(called.holder)) return called;
  const isSame = (each: Declaration): boolean => each.node.nodeType === called.node.nodeType && each.name === called.name && typesOf(each) === typesOf(called);
  return bases.flatMap((base) => tree.members(base)).find((each) => isSame(each) && Boolean(each.node.body)) ?? called;
}

/** Errors by their names, each once. */
export function revertsOf(tree: Tree, contract: Declaration, start: Declaration): Declaration[] {
  const errors = new Map<string, Declaration>();
  const seen = new Set<Declaration>();
  const visit = (declaration: Declaration): void => {
    if (seen.has(declaration)) return;
    seen.add(declaration);
    for (const { node } of walk(declaration.node)) {
      if (!["Identifier", "MemberAccess", "IdentifierPath"].includes(node.nodeType) || isExternal(node)) continue;
      const target = tree.find(referenced(node));
      if (target?.node.nodeType === "ErrorDefinition") errors.set(target.name, target);
      else if (target?.node.nodeType === "FunctionDefinition" || target?.node.nodeType === "ModifierDefinition") {
        // `super.f` and `Base.f` mean that very function.
        visit(node.nodeType === "MemberAccess" ? target : resolved(tree, contract, target));
      }
    }
  };
  visit(start);
  return [...errors.values()].sort((a, b) => a.name.localeCompare(b.name));
}
