/** The contracts' syntax trees with every declaration in its place. */
import { children, rangeOf, type AstNode } from "../instrument/ast.ts";
import { parse, readSource } from "../instrument/compile.ts";
import { NO_COMMENT, parseNatSpec, saysNothing, type NatSpec } from "./natspec.ts";

export interface Declaration {
  readonly node: AstNode;
  readonly name: string;
  /** The source in which it stands. */
  readonly file: string;
  /** The contract that holds it. */
  readonly holder?: Declaration;
}

export interface Tree {
  /** What stands in a source outside of contracts, and the contracts. */
  in(file: string): readonly Declaration[];
  /** By solc's number of it; undefined of what is declared inside a function. */
  find(id: number): Declaration | undefined;
  /** The contract itself, then what it inherits from, the most derived first. */
  basesOf(contract: Declaration): readonly Declaration[];
  /** What stands directly in a contract. */
  members(contract: Declaration): readonly Declaration[];
  /** A declaration's text in the source, without its body, on one line unless it is a struct or an enum. */
  textOf(declaration: Declaration): string;
  /** Its comment, or that of the function that it overrides. */
  commentOf(declaration: Declaration): NatSpec;
}

const VALUE_TYPE = "UserDefinedValueTypeDefinition";
const BRACED = ["StructDefinition", "EnumDefinition"];
const sourceOf = (name: string): string => readSource(name.startsWith("@") ? `node_modules/${name}` : name);

/** @param files sources of which the tree is wanted, with what they import */
export function readTree(files: readonly string[]): Tree {
  const declarations = new Map<number, Declaration>();
  const top = new Map<string, Declaration[]>();
  const held = new Map<number, Declaration[]>();
  const texts = new Map<string, string>();
  const declare = (node: AstNode, file: string, holder?: Declaration): Declaration => {
    const declaration = { node, name: String(node.name), file, ...(holder && { holder }) };
    declarations.set(Number(node.id), declaration);
    return declaration;
  };
  for (const [file, unit] of parse(files)) {
    texts.set(file, sourceOf(file));
    top.set(file, children(unit, "nodes").filter(({ name }) => name !== undefined).map((node) => declare(node, file)));
    for (const contract of top.get(file)!) {
      if (contract.node.nodeType !== "ContractDefinition") continue;
      held.set(Number(contract.node.id), children(contract.node, "nodes").filter(({ name }) => name !== undefined).map((node) => declare(node, file, contract)));
    }
  }
  const slice = (file: string, [start, end]: readonly [number, number]): string => Buffer.from(texts.get(file)!.slice(start, end), "latin1").toString("utf8");
  const tree: Tree = {
    in: (file) => top.get(file) ?? [],
    find: (id) => declarations.get(id),
    basesOf: ({ node }) => (node.linearizedBaseContracts as number[]).map((id) => declarations.get(id)!),
    members: ({ node }) => held.get(Number(node.id)) ?? [],
    textOf: ({ node, file }) => declared(node, (range) => slice(file, range)),
    commentOf: (declaration) => commentOf(tree, declaration, (range, file) => slice(file, range)),
  };
  return tree;
}

/** The text of a declaration: up to its body or its value, on one line; that of a struct or an enum as it stands. */
function declared(node: AstNode, slice: (range: readonly [number, number]) => string): string {
  const [start, whole] = rangeOf(node);
  if (BRACED.includes(node.nodeType)) return slice([start, whole]).replaceAll(/^ {4}(?= |\})/gm, "");
  const body = node.body as AstNode | null | undefined;
  const value = node.nodeType === "VariableDeclaration" && node.constant !== true ? (node.value as AstNode | null | undefined) : undefined;
  const end = body ? rangeOf(body)[0] : value ? rangeOf(value)[0] : whole;
  return slice([start, end]).trim().replace(/\s*[=;]$/, "").replaceAll(/\s*\n\s*/g, " ").replaceAll("( ", "(").replaceAll(" )", ")");
}

type Slice = (range: readonly [number, number], file: string) => string;

/** The comment above a declaration. solc drops those of value types: there it is what the text before ends with. */
function ownComment({ node, file }: Declaration, slice: Slice): NatSpec {
  const documentation = node.documentation as AstNode | null | undefined;
  if (documentation) return parseNatSpec(slice(rangeOf(documentation), file));
  if (node.nodeType !== VALUE_TYPE) return NO_COMMENT;
  const [start] = rangeOf(node);
  return parseNatSpec(/(?:[ \t]*\/\/\/.*\n)*$/.exec(slice([0, start], file))![0]);
}

function commentOf(tree: Tree, declaration: Declaration, slice: Slice): NatSpec {
  const own = ownComment(declaration, slice);
  if (!saysNothing(own)) return own;
  const bases = ((declaration.node.baseFunctions as number[] | undefined) ?? []).map((id) => tree.find(id)!);
  const named = bases.filter(({ holder }) => own.inherited === undefined || holder?.name === own.inherited);
  // What @inheritdoc names may be a base of a base.
  return [...named, ...bases].map((base) => commentOf(tree, base, slice)).find((comment) => !saysNothing(comment)) ?? own;
}
