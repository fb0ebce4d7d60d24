import { child, children, rangeOf, within, type Place } from "../instrument/ast.ts";
import type { Change } from "./solidity.ts";

const OPCODES: Readonly<Record<string, readonly string[]>> = {
  add: ["sub"],
  sub: ["add"],
  mul: ["div"],
  div: ["mul"],
  lt: ["gt"],
  gt: ["lt"],
  shl: ["shr"],
  shr: ["shl"],
  and: ["or"],
  or: ["and", "xor"],
  xor: ["or"],
  eq: ["xor"],
  mstore8: ["mstore"],
  clz: ["not"],
};

/** All changes of one node of an inline assembly block. */
export function yulChanges(place: Place, source: string, constants: ReadonlySet<string>): Change[] {
  const { node, start, end, parent, key } = place;
  const text = source.slice(start, end);
  const all = (t: string): Change => ({ start, end, text: t });
  const forced: Change[] = key === "condition" ? [all("1"), all("0")] : [];
  switch (node.nodeType) {
    case "YulFunctionCall": {
      const [from, until] = rangeOf(child(node, "functionName")!);
      const name = source.slice(from, until);
      const others = (OPCODES[name] ?? []).map((t) => ({ start: from, end: until, text: t }));
      const inner = name === "iszero" && key !== "condition" ? [all(text.slice(text.indexOf("(") + 1, -1))] : [];
      return [...forced, ...others, ...inner];
    }
    case "YulLiteral": {
      // Where the free memory pointer stands is no choice of the program.
      if (parent!.node.nodeType === "YulCase" || /^m(load|store)\(0x40/.test(source.slice(parent!.start, parent!.end))) return [];
      const value = BigInt(text);
      return value === 0n ? [all("1")] : [all(`${value + 1n}`), all(`${value - 1n}`)];
    }
    case "YulIdentifier":
      return constants.has(text) && key !== "functionName" ? [all(`add(${text}, 1)`), all(`sub(${text}, 1)`)] : [];
    case "YulExpressionStatement":
      return [all("")];
    // A variable of the function around is set to nothing, because a pointer must be set.
    case "YulAssignment":
      return [all(isOutside(place) ? `${text.slice(0, text.indexOf(":="))}:= 0` : "")];
    case "YulVariableDeclaration": {
      const value = child(node, "value");
      if (value === undefined || value.nodeType === "YulLiteral") return [];
      const [from, until] = rangeOf(value);
      return [{ start: from, end: until, text: "0" }];
    }
    default:
      return [];
  }
}

/** Whether an assignment's variable is declared outside of the assembly block. */
function isOutside(place: Place): boolean {
  const block = within(place, "InlineAssembly")!.node;
  const targets = children(place.node, "variableNames").map((name) => name.src);
  return (block.externalReferences as { src: string }[]).some(({ src }) => targets.includes(src));
}
