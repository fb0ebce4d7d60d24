import { globSync } from "node:fs";

/** `Add` → `add`, `QLinearConv` → `qLinearConv`, `LSTMCell` → `lstmCell`. */
export function camel(name: string): string {
  const lead = /^[A-Z]+(?=[A-Z][a-z]|$)/.exec(name)?.[0] ?? name[0];
  return lead.toLowerCase() + name.slice(lead.length);
}

/** Where an operator's descriptor and twin stand: in the folder of its family. */
export const twinOf = (name: string): string => `core/operators/*/${camel(name)}.ts`;

/** The twin rule: an operator stands in four places, of which the contracts' library may judge several. */
export function lacking(root: string, operators: readonly { readonly name: string; readonly library: string }[]): string[] {
  return operators.flatMap(({ name, library }) =>
    [
      `contracts/ops/${library}.sol`,
      twinOf(name),
      `test/operators/${camel(name)}.ts`,
      `test/vectors/ops/${name}.json`,
    ]
      .filter((place) => globSync(place, { cwd: root }).length === 0)
      .map((place) => `operator ${name} lacks ${place}`),
  );
}
