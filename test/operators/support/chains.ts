import { Rule, type Node } from "../../../core/program/types.ts";

/** A dot product under a chain schedule. */
export const chained = (node: Node, chunk: number, biasFirst: boolean): Node => ({ ...node, rule: Rule.chain, chunk, flags: biasFirst ? 1 : 0 });

/** The schedules that onnxruntime is known to follow. */
export const schedules = (node: Node): Node[] => [0, 64, 128, 256, 512].flatMap((chunk) => [false, true].map((first) => chained(node, chunk, first)));
