/** The part of solc's compact AST (Solidity and Yul) that instrumenting sources needs. */

export interface AstNode {
  readonly nodeType: string;
  readonly src: string;
  readonly [key: string]: unknown;
}

/** A node in its place: its text and the node that holds it, under which key. */
export interface Place {
  readonly node: AstNode;
  readonly parent: Place | undefined;
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

const isNode = (value: unknown): value is AstNode =>
  typeof value === "object" && value !== null && "nodeType" in value && "src" in value;

/** `src` counts bytes; sources are handled as latin1 strings, one character for each byte. */
function span(node: AstNode): [number, number] {
  const [start, length] = node.src.split(":").map(Number);
  return [start, start + length];
}

/** Every node below `node`, parents first. */
export function* walk(node: AstNode, parent?: Place, key = ""): Generator<Place> {
  const [start, end] = span(node);
  const place: Place = { node, parent, key, start, end };
  yield place;
  for (const [name, value] of Object.entries(node)) {
    if (name === "nativeSrc" || name === "documentation") continue;
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) if (isNode(child)) yield* walk(child, place, name);
  }
}

export const child = (node: AstNode, key: string): AstNode | undefined => (isNode(node[key]) ? node[key] : undefined);
export const children = (node: AstNode, key: string): AstNode[] =>
  Array.isArray(node[key]) ? (node[key] as unknown[]).filter(isNode) : [];
export const rangeOf = span;

/** solc's name of an expression's type, such as t_uint256. */
export function typeOf(node: AstNode): string {
  const types = (node.typeDescriptions ?? node.commonType) as { typeIdentifier?: string } | undefined;
  return types?.typeIdentifier ?? "";
}

/** The nearest holder of one of these kinds. */
export function within(place: Place, ...kinds: readonly string[]): Place | undefined {
  for (let p = place.parent; p !== undefined; p = p.parent) if (kinds.includes(p.node.nodeType)) return p;
  return undefined;
}

/** Name of the function that holds a node. */
export function functionOf(place: Place): string {
  const holder = within(place, "FunctionDefinition");
  if (holder === undefined) return "";
  return String(holder.node.name || holder.node.kind);
}

export function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split("\n").length;
}
