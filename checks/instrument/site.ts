import type { Place } from "./ast.ts";

/**
 * Where a change of a node is switched on and off: its statement as a whole, or an expression where no statement can
 * stand (a condition, the head of a loop).
 */
export interface Site {
  readonly place: Place;
  readonly kind: "statement" | "declaration" | "expression";
}

const HOLDERS = ["IfStatement", "WhileStatement", "DoWhileStatement", "ForStatement"];
const BODIES = ["trueBody", "falseBody", "body"];

export function siteOf(place: Place): Site | undefined {
  for (let p: Place | undefined = place; p?.parent !== undefined; p = p.parent) {
    const { nodeType } = p.parent.node;
    if (HOLDERS.includes(nodeType)) {
      if (p.key === "condition") return { place: p, kind: "expression" };
      if (BODIES.includes(p.key) && p.node.nodeType !== "Block") return { place: p, kind: "statement" };
    }
    const grand = p.parent.parent;
    if (grand?.node.nodeType === "ForStatement") {
      if (p.parent.key === "initializationExpression" && p.key === "initialValue") return { place: p, kind: "expression" };
      if (p.parent.key === "loopExpression" && p.key === "expression") return { place: p, kind: "expression" };
    }
    if ((nodeType === "Block" || nodeType === "UncheckedBlock") && p.key === "statements") {
      // What only holds other statements is no site.
      if ([...HOLDERS, "Block", "UncheckedBlock"].includes(p.node.nodeType)) return undefined;
      return { place: p, kind: p.node.nodeType === "VariableDeclarationStatement" ? "declaration" : "statement" };
    }
  }
  return undefined;
}

/** A statement's text goes as far as its semicolon. */
export function extent(source: string, { place, kind }: Site): [number, number] {
  const semicolon = kind === "expression" ? null : /^\s*;/.exec(source.slice(place.end));
  return [place.start, place.end + (semicolon?.[0].length ?? 0)];
}

/** The source with Probe.sol at hand, on the lines where they were. */
export const withProbe = (source: string): string =>
  source.replace(/pragma solidity[^;]*;/, (pragma) => `${pragma} import {Probe as __Probe} from "checks/instrument/Probe.sol";`);
