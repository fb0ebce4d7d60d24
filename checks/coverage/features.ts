import { child, children, functionOf, walk, type AstNode, type Place } from "../instrument/ast.ts";
import { extent, siteOf, withProbe } from "../instrument/site.ts";

/** What a test may reach: a statement, or one way of one decision. */
export interface Feature {
  readonly kind: "statement" | "branch";
  readonly file: string;
  readonly function: string;
  readonly code: string;
  /** Of a branch: how the decision went. */
  readonly way: string;
  /** Which of several that are written alike. */
  readonly nth?: number;
}

/** A source that tells which features are reached: feature `i` is place `first + i` (Probe.sol). */
export interface Instrumented {
  readonly text: string;
  readonly features: readonly Feature[];
}

interface Found {
  readonly kind: Feature["kind"];
  readonly place: Place;
  readonly code: string;
  readonly way: string;
  /** Texts around the place that report it, given the number of the feature. */
  readonly around: (number: number) => { readonly from: number; readonly before: string; readonly until: number; readonly after: string };
}

const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();

/**
 * Reports from inline assembly, as Probe.sol does from Solidity. Memory is left as it was, and what the last call returned
 * is given back by the precompile that returns what it is given; it waits where no test's memory reaches.
 */
const ASSEMBLY = `
function __reached(n) { if eq(coinbase(), ${"0x" + "f".repeat(40)}) {
  let free := mload(0x40) let old := mload(free) let size := returndatasize() let far := add(free, 0x10000)
  returndatacopy(far, 0, size) mstore(free, n)
  pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, free, 0x20, 0, 0)) mstore(free, old)
  pop(staticcall(gas(), 4, far, size, 0, 0)) } }
function __decided(n, way) -> same { same := way __reached(add(n, iszero(iszero(way)))) }
`;

/** The source with every feature reported. */
export function instrument(file: string, source: string, ast: AstNode, first: number): Instrumented {
  const found = [...walk(ast)].flatMap((place) => featuresAt(source, place)).sort((a, b) => a.place.start - b.place.start);
  const seen = new Map<string, number>();
  const features = found.map(({ kind, place, code, way }): Feature => {
    const feature = { kind, file, function: functionOf(place), code, way };
    const key = JSON.stringify(feature);
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    return nth === 1 ? feature : { ...feature, nth };
  });
  const opens: { at: number; text: string }[] = [];
  const closes: { at: number; text: string }[] = [];
  found.forEach(({ around }, i) => {
    const { from, before, until, after } = around(first + i);
    if (before !== "") opens.push({ at: from, text: before });
    if (after !== "") closes.unshift({ at: until, text: after });
  });
  for (const place of walk(ast)) {
    if (place.node.nodeType !== "InlineAssembly") continue;
    const block = child(place.node, "AST")!;
    if ([...walk(block)].some(({ node }) => ["YulIf", "YulForLoop", "YulSwitch"].includes(node.nodeType))) {
      opens.push({ at: Number(block.src.split(":")[0]) + 1, text: ASSEMBLY });
    }
  }
  // What ends at a position stands before what begins there; of what begins together the outer one comes first.
  const texts = new Map<number, string>();
  for (const { at, text } of closes) texts.set(at, (texts.get(at) ?? "") + text);
  for (const { at, text } of opens) texts.set(at, (texts.get(at) ?? "") + text);
  let text = "";
  let done = 0;
  for (const at of [...texts.keys()].sort((a, b) => a - b)) {
    text += source.slice(done, at) + texts.get(at)!;
    done = at;
  }
  return { text: withProbe(text + source.slice(done)), features };
}

function featuresAt(source: string, place: Place): Found[] {
  const { node } = place;
  const found: Found[] = [];
  const site = siteOf(place);
  if (site?.place === place && site.kind !== "expression") {
    const [start, end] = extent(source, site);
    const alone = place.parent!.node.nodeType !== "Block" && place.parent!.node.nodeType !== "UncheckedBlock";
    found.push({
      kind: "statement",
      place,
      code: squeeze(source.slice(start, end)),
      way: "",
      around: (n) => ({ from: start, before: `${alone ? "{" : ""}__Probe.reached(${n});`, until: end, after: alone ? "}" : "" }),
    });
  }
  const decision = decisionOf(node);
  if (decision !== undefined) for (const operand of operands(below(place, decision))) found.push(...ways(source, operand, "__Probe.decided", ["false", "true"]));
  if (node.nodeType === "TryStatement") {
    children(node, "clauses").forEach((clause, i) => {
      const block = below(place, child(clause, "block")!);
      found.push(entered(source, block, squeeze(source.slice(block.start, block.end)), i === 0 ? "returned" : "failed", (n) => `__Probe.reached(${n});`));
    });
  }
  if (node.nodeType === "YulIf") found.push(...ways(source, below(place, child(node, "condition")!), "__decided", ["false", "true"]));
  if (node.nodeType === "YulForLoop") found.push(...ways(source, below(place, child(node, "condition")!), "__decided", ["true", "false"]));
  if (node.nodeType === "YulSwitch") {
    for (const one of children(node, "cases")) {
      const value = child(one, "value");
      const code = value === undefined ? "default" : `case ${source.slice(...span(value))}`;
      found.push(entered(source, below(place, child(one, "body")!), code, "taken", (n) => ` __reached(${n}) `));
    }
  }
  return found;
}

/** What decides which way a statement or expression goes. */
function decisionOf(node: AstNode): AstNode | undefined {
  if (["IfStatement", "WhileStatement", "DoWhileStatement", "ForStatement", "Conditional"].includes(node.nodeType)) return child(node, "condition");
  const called = node.nodeType === "FunctionCall" ? child(node, "expression") : undefined;
  return called?.nodeType === "Identifier" && called.name === "require" ? children(node, "arguments")[0] : undefined;
}

/** What `&&`, `||`, `!` and parentheses put together. */
function operands(place: Place): Place[] {
  const { node } = place;
  if (node.nodeType === "BinaryOperation" && (node.operator === "&&" || node.operator === "||")) {
    return [child(node, "leftExpression")!, child(node, "rightExpression")!].flatMap((side) => operands(below(place, side)));
  }
  if (node.nodeType === "UnaryOperation" && node.operator === "!") return operands(below(place, child(node, "subExpression")!));
  const inner = node.nodeType === "TupleExpression" ? children(node, "components") : [];
  return inner.length === 1 ? operands(below(place, inner[0])) : [place];
}

/** Both ways of an expression. The report of `true` has the number after that of `false`, whichever is listed first. */
function ways(source: string, place: Place, report: string, order: readonly ["false", "true"] | readonly ["true", "false"]): Found[] {
  const code = squeeze(source.slice(place.start, place.end));
  const silent = { from: place.start, before: "", until: place.end, after: "" };
  const [one, other] = order;
  const open = (n: number): string => (one === "false" ? `${report}(${n}, ` : `${report}(${n}, iszero(`);
  const close = one === "false" ? ")" : "))";
  const wrap = (n: number) => ({ from: place.start, before: one === "false" ? open(n) : `iszero(${open(n)}`, until: place.end, after: one === "false" ? close : `${close})` });
  return [
    { kind: "branch", place, code, way: one, around: wrap },
    { kind: "branch", place, code, way: other, around: () => silent },
  ];
}

/** A block that is entered. */
function entered(source: string, block: Place, code: string, way: string, report: (n: number) => string): Found {
  const from = block.start + 1;
  return { kind: "branch", place: block, code, way, around: (n) => ({ from, before: report(n), until: from, after: "" }) };
}

const span = (node: AstNode): [number, number] => {
  const [start, length] = node.src.split(":").map(Number);
  return [start, start + length];
};

function below(parent: Place, node: AstNode): Place {
  const [start, end] = span(node);
  return { node, parent, key: "", start, end };
}
