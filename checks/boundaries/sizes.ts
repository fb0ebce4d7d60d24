import ts from "typescript";
import { parse, sourcesOf, type Source } from "./source.ts";

const LINES_OF_A_FILE = 400;
const LINES_OF_A_FUNCTION = 80;

/** What others wrote by program. */
const GENERATED = /_pb\.d\.ts$/;

/** What is longer and why; `file` or `file function`. One that is no longer too long is a fault as well: the list only shrinks. */
export type Exceptions = Readonly<Record<string, string>>;

export interface Long {
  /** As in the list of exceptions. */
  readonly name: string;
  readonly lines: number;
  readonly most: number;
}

const linesOf = (text: string): number => text.replace(/\n$/, "").split("\n").length;

/** A suite of tests is a list of them and no function; a test is one. */
const isSuite = ({ parent }: ts.Node): boolean => ts.isCallExpression(parent) && /\bdescribe\b/.test(parent.expression.getText());

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
  return ts.isCallExpression(parent) ? `${parent.expression.getText()}(…)` : "(unnamed)";
}

function longFunctions(source: Source): Long[] {
  const found: Long[] = [];
  const file = parse(source);
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && !isSuite(node)) {
      const lines = linesOf(node.getText());
      if (lines > LINES_OF_A_FUNCTION) found.push({ name: `${source.path} ${nameOf(node)}`, lines, most: LINES_OF_A_FUNCTION });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Files and functions that are longer than one reads at once. */
export function long(root: string): Long[] {
  const sources = sourcesOf(root, "{core,sdk,oracle,web,scripts,checks,test,ignition,models}/**/*.{ts,tsx}").filter(({ path }) => !GENERATED.test(path));
  return sources.flatMap((source) => {
    const lines = linesOf(source.text);
    return [...(lines > LINES_OF_A_FILE ? [{ name: source.path, lines, most: LINES_OF_A_FILE }] : []), ...longFunctions(source)];
  });
}

/** What is too long and no exception, and exceptions that are none. */
export function sizes(root: string, exceptions: Exceptions): string[] {
  const found = long(root);
  const names = new Set(found.map(({ name }) => name));
  return [
    ...found.filter(({ name }) => exceptions[name] === undefined).map(({ name, lines, most }) => `${name} has ${lines} lines: ${most} are the most`),
    ...Object.keys(exceptions).filter((name) => !names.has(name)).map((name) => `${name} is no longer too long: strike it off the exceptions`),
  ];
}
