import { following } from "../../core/compile/nodeTrial.ts";
import { readersOf } from "../../core/dispute/proof.ts";
import { operatorOf } from "../../core/operators/index.ts";
import { outputId } from "../../core/program/program.ts";
import { Rule } from "../../core/program/types.ts";
import { BytesReader, elementBits } from "../../core/tensor/reader.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import { treesOf, type Trace, type World } from "./disputes.ts";

const BY_ELEMENT: readonly Rule[] = [Rule.equal, Rule.rounded, Rule.bound];

/** What came of comparing every element of some tensors with the rules of their rows. */
export interface Judged {
  readonly elements: number;
  /** Names of the rows of which some element is inadmissible. */
  readonly wrong: readonly string[];
}

/**
 * Compares every element of a run with the rule of its row: whole tensors at a time with the arithmetic that the row states, where it
 * states one, and element by element with the twin elsewhere.
 * @param skip rows whose output is known to be admissible
 */
export function judgeRun(world: World, trace: Trace, skip: (node: number) => boolean = () => false): Judged {
  const { program, constant, model } = world;
  const trees = treesOf(world, trace);
  const valued = model.valued(trace);
  const wrong: string[] = [];
  let elements = 0;
  for (const [i, node] of program.nodes.entries()) {
    const size = sizeOf(node.output.dims);
    elements += size;
    if (skip(i)) continue;
    const { mapped, inputs, output } = valued[i];
    if (!BY_ELEMENT.includes(node.rule)) {
      if (following(mapped, inputs, output, [node], Infinity).length === 0) wrong.push(node.name);
      continue;
    }
    const readers = readersOf({ computed: (id) => trees[id], constant }, node.inputs);
    const claimed = new BytesReader(node.output, trees[outputId(node)].data);
    const { admissible } = operatorOf(node.opcode);
    for (let element = 0; element < size; element++) {
      if (admissible(node, element, elementBits(claimed, element), readers)) continue;
      wrong.push(node.name);
      break;
    }
  }
  return { elements, wrong };
}
