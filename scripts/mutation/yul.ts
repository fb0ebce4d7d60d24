import { child, rangeOf, type Place } from "../instrument/ast.ts";
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
      if (parent!.node.nodeType === "YulCase") return [];
      const value = BigInt(text);
      return value === 0n ? [all("1")] : [all(`${value + 1n}`), all(`${value - 1n}`)];
    }
    case "YulIdentifier":
      return constants.has(text) && key !== "functionName" ? [all(`add(${text}, 1)`), all(`sub(${text}, 1)`)] : [];
    case "YulExpressionStatement":
    case "YulAssignment":
      return [all("")];
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
