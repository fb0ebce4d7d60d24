import { child, children, rangeOf, walk, type AstNode } from "../instrument/ast.ts";
import { parse, readSource, type Sources } from "../instrument/compile.ts";

/** `left = right` of sums: what every step adds to and takes from either side is counted, in `…In` and `…Out`. */
export interface Equation {
  readonly holds: string;
  readonly ghosts: readonly string[];
  /** Storage that is counted, and how: `$` is `Out` before a write, `In` after it. */
  readonly counted: readonly (readonly [RegExp, string])[];
  /** Variables, and functions in place of the contract's own. */
  readonly prelude: readonly string[];
}

/** What of a contract a proof leaves open; everything else is taken from its source as it stands. */
export interface Subject {
  readonly name: string;
  /** Where its functions stand, the inherited ones too; the contract itself comes first. */
  readonly sources: readonly string[];
  readonly structs: readonly string[];
  /** Words of bit fields, which become structs of what `pack` takes. */
  readonly words: readonly string[];
  /** Texts to be found exactly once, and what stands for them. */
  readonly replaced: readonly (readonly [string, string])[];
  readonly renamed: readonly (readonly [RegExp, string])[];
  /** Expressions in place of which any value of a type stands. */
  readonly open: readonly (readonly [RegExp, string])[];
  readonly equations: Readonly<Record<string, Equation>>;
  readonly functions: readonly string[];
  /** `function equation` that the solver does not decide; the argument in docs/accounting.md stands alone. */
  readonly undecided: readonly string[];
}

/** Integers of every width are one: a conversion keeps the number (docs/accounting.md). */
const WIDTH = /\buint(8|16|24|40|64|96|128|160|256)\b/g;

const replaceOnce = (text: string, from: string, to: string): string => {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${parts.length - 1} times instead of once: ${from}`);
  return parts.join(to);
};

/** Names and types of a word's fields, as its library packs them. */
function fieldsOf(word: string): [type: string, name: string][] {
  const packed = /function pack\(([^)]*)\)/.exec(readSource(`contracts/types/${word}.sol`));
  if (packed === null) throw new Error(`${word} has no pack`);
  return packed[1].split(",").map((field) => field.trim().replace(/_$/, "").split(" ") as [string, string]);
}

/** A function's text without events and what errors say, every write to counted storage between its two counts. */
function instrument({ counted }: Equation, source: string, node: AstNode): string {
  const [start, end] = rangeOf(node);
  const edits: [number, number, string][] = [];
  for (const { node: at, start: from, end: to } of walk(node)) {
    if (at.nodeType === "EmitStatement") edits.push([from, to + 1, ""]);
    if (at.nodeType === "RevertStatement") edits.push([from, to, "revert()"]);
    const target = child(at, "leftHandSide") ?? (at.nodeType === "UnaryOperation" && at.operator !== "!" ? child(at, "subExpression") : undefined);
    if (target === undefined) continue;
    const place = source.slice(...rangeOf(target));
    const rule = counted.find(([pattern]) => pattern.test(place));
    if (rule === undefined) continue;
    if (source[to] !== ";") throw new Error(`a write within an expression: ${place}`);
    const count = (way: string): string => place.replace(rule[0], rule[1]).replaceAll("$", way);
    edits.push([from, to + 1, `${count("Out")} ${source.slice(from, to)}; ${count("In")}`]);
  }
  let text = source.slice(start, end);
  for (const [from, to, by] of edits.sort((a, b) => b[0] - a[0])) text = text.slice(0, from - start) + by + text.slice(to - start);
  return text;
}

/** `Bond storage b = place;` is written out: the solver forgets the whole mapping when a pointer is set. */
function inlinePointers(text: string): string {
  for (let found; (found = /\w+ storage (\w+) = ([^;]+);/.exec(text)) !== null; ) {
    const [declaration, name, place] = found;
    text = text.replace(declaration, "").replace(new RegExp(`\\b${name}\\.`, "g"), () => `${place}.`);
  }
  return text;
}

const ACCOUNT = fieldsOf("Account");

/** A mapping of accounts is one mapping for each field: the solver is better at numbers than at structs. */
function spread(text: string): string {
  return text
    .replace(/Account (\w+) = _accounts\[([^\]]*)\];/g, (_, name: string, key: string) => ACCOUNT.map(([type, field]) => `${type} ${name}_${field} = _accounts_${field}[${key}];`).join(" "))
    .replace(/_accounts\[([^\]]*)\] = AccountLib\.pack\((.*)\);/g, (_, key: string, packed: string) => {
      const values = packed.split(/, (?![^(]*\))/);
      if (values.length !== ACCOUNT.length) throw new Error(`not ${ACCOUNT.length} fields: ${packed}`);
      return ACCOUNT.map(([, field], i) => `_accounts_${field}[${key}] = ${values[i]};`).join(" ");
    })
    .replace(/_accounts\[([^\]]*)\]\.(\w+)(\(\))?/g, "_accounts_$2[$1]")
    .replace(/\ba\.(balance|locked|nonce)\(\)/g, "a_$1");
}

const isUsed = (name: string, code: string): boolean => new RegExp(`\\b${name}\\b`).test(code);

/** A function that sets one place of a variable to anything: a step begins in any state. */
function havoc(declaration: string, name: string, words: readonly string[]): string {
  const keys = [...declaration.matchAll(/mapping\((\w+)/g)].map(([, key]) => key);
  const type = /(\w+)\)*\s+\w+;$/.exec(declaration)![1];
  const memory = words.includes(type) || type === "Bond" ? " memory" : "";
  const parameters = [...keys.map((key, i) => `${key} k${i}`), `${type}${memory} v`];
  return `function havoc_${name}(${parameters.join(", ")}) external { ${name}${keys.map((_, i) => `[k${i}]`).join("")} = v; }`;
}

/** For every function to prove a contract: the function, what it calls, and the equation after it. */
export function models(subject: Subject, equation: Equation, overlay: Sources = new Map()): Map<string, string> {
  const trees = parse(subject.sources, overlay);
  const read = (name: string): string => overlay.get(name) ?? readSource(name);
  const members = subject.sources.flatMap((name) =>
    children(trees.get(name)!, "nodes")
      .flatMap((node) => children(node, "nodes"))
      .map((node) => ({ source: read(name), node, text: read(name).slice(...rangeOf(node)) })),
  );
  const structs = subject.structs.flatMap((name) => read(name).match(/^ *(struct|enum) \w+ \{[^}]*\}/gm) ?? []);

  let all = members
    .filter(({ node }) => node.kind === "function" && child(node, "body"))
    .map(({ source, node }) => `//@${String(node.name)}\n${inlinePointers(instrument(equation, source, node))}`)
    .join("\n");
  for (const [from, to] of subject.replaced) all = replaceOnce(all, from, to);
  all = spread(all);
  const open: string[] = [];
  for (const [pattern, type] of subject.open) {
    if (all.search(pattern) < 0) throw new Error(`not found: ${pattern}`);
    all = all.replace(pattern, () => `any${open.push(type)}`);
  }
  for (const [pattern, to] of subject.renamed) all = all.replace(pattern, to);
  const functions = new Map(all.split("//@").slice(1).map((part) => [/^\w+/.exec(part)![0], part.replace(/^\w+\n/, "")]));
  for (const text of equation.prelude) if (text.startsWith("function")) functions.set(/^function (\w+)/.exec(text)![1], text);
  const variables = [
    ...members
      .filter(({ node }) => node.nodeType === "VariableDeclaration")
      .map(({ text }) => `${text.replace(/ (public|private|immutable)\b/g, "")};`)
      .flatMap((text) => (text.endsWith("=> Account) _accounts;") ? ACCOUNT.map(([type, field]) => text.replace("Account)", `${type})`).replace(";", `_${field};`)) : [text])),
    ...equation.prelude.filter((text) => !text.startsWith("function")),
    ...open.map((type, i) => `${type} any${i + 1};`),
  ];

  const model = (target: string): string => {
    const used = new Set([target]);
    for (const name of used) for (const [, callee] of functions.get(name)!.matchAll(/\b(\w+)\(/g)) if (functions.has(callee)) used.add(callee);
    const code = [...used]
      .map((name) =>
        functions
          .get(name)!
          .replace(/ (private|internal|external|public|view|pure|virtual|override)\b/g, "")
          .replace(/\bcalldata\b/g, "memory")
          .replace(/\)(\s*(?:returns|\{))/, name === target ? ") external step$1" : ") internal$1"),
      )
      .join("\n");
    const nameOf = (declaration: string): string => /(\w+)( = .*)?;$/.exec(declaration)![1];
    const state = variables.filter((declaration) => isUsed(nameOf(declaration), code));
    const ghosts = equation.ghosts.flatMap((ghost) => [`${ghost}In`, `${ghost}Out`]);
    let text = [
      ...structs,
      ...subject.words.map((word) => `struct ${word} { ${fieldsOf(word).map((field) => `${field.join(" ")};`).join(" ")} }`),
      "contract Step {",
      ...state,
      ...state.filter((declaration) => !/ constant\b/.test(declaration)).map((declaration) => havoc(declaration, nameOf(declaration), subject.words)),
      ...ghosts.map((ghost) => `uint256 ${ghost};`),
      `modifier step() { ${ghosts.map((ghost) => `${ghost} = 0;`).join(" ")} _; assert(${equation.holds}); }`,
      code,
      "}",
    ].join("\n");
    for (const [pattern, to] of subject.renamed) text = text.replace(pattern, to);
    for (const word of subject.words) {
      text = text.replace(new RegExp(`\\b${word} (\\w+) =`, "g"), `${word} memory $1 =`).replaceAll(`${word}Lib.pack(`, `${word}(`);
      for (const [, name] of fieldsOf(word)) text = text.replaceAll(`.${name}()`, `.${name}`);
    }
    text = text.replace(/\/\/.*/g, "").replace(/\.toUint\d+\(\)/g, "").replace(WIDTH, "uint256");
    return `// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n${text}\n`;
  };
  for (const name of subject.functions) if (!functions.has(name)) throw new Error(`no function ${name}`);
  return new Map(subject.functions.map((name) => [name, model(name)]));
}
