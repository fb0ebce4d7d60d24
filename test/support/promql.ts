import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

/** A time series at two moments: at the beginning of every range that is asked for, and now. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly before: number;
  readonly now: number;
}
type Vector = readonly Series[];

const children = (node: SyntaxNode): SyntaxNode[] => {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
};

/** What Prometheus' own grammar makes of an expression; throws where it makes nothing of it. */
export function parsePromql(text: string): SyntaxNode {
  const tree = parser.parse(text);
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${text}`);
    },
  });
  return tree.topNode.firstChild!;
}

/** Names of the metrics that an expression reads, and the labels it asks of each. */
export function selectorsOf(text: string): { name: string; labels: Record<string, string> }[] {
  const found: { name: string; labels: Record<string, string> }[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.name === "VectorSelector") {
      const labels = Object.fromEntries(matchersOf(node, text).map(({ label, value }) => [label, value]));
      found.push({ name: nameOf(node, text), labels });
    }
    children(node).forEach(visit);
  };
  visit(parsePromql(text));
  return found;
}

const nameOf = (selector: SyntaxNode, text: string) => text.slice(selector.firstChild!.from, selector.firstChild!.to);

const matchersOf = (selector: SyntaxNode, text: string) =>
  children(selector.getChild("LabelMatchers") ?? selector).filter(({ name }) => name === "UnquotedLabelMatcher").map((matcher) => {
    const [label, operator, value] = children(matcher).map(({ from, to }) => text.slice(from, to));
    return { label: label!, operator: operator!, value: JSON.parse(value!) as string };
  });

const COMPARISONS: Record<string, (a: number, b: number) => boolean> = {
  Lss: (a, b) => a < b,
  Gtr: (a, b) => a > b,
  Gte: (a, b) => a >= b,
  Lte: (a, b) => a <= b,
  Eql: (a, b) => a === b,
};
const ARITHMETIC: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Div: (a, b) => a / b,
  Mul: (a, b) => a * b,
};
const OVER_TIME: Record<string, (series: Series) => number> = {
  increase: ({ before, now }) => now - before,
  min_over_time: ({ before, now }) => Math.min(before, now),
};

const unnamed = ({ __name__: _, ...labels }: Readonly<Record<string, string>>) => labels;
const key = (labels: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(unnamed(labels)).sort());

/** The part of PromQL that alert rules use, by Prometheus' rules: what an expression gives of these series now. */
export function evaluate(text: string, world: Vector): Vector {
  function vector(node: SyntaxNode): Vector | number {
    const parts = children(node);
    switch (node.name) {
      case "NumberDurationLiteral":
        return Number(text.slice(node.from, node.to).replace(/Inf$/i, "Infinity"));
      case "ParenExpr":
        return vector(parts[0]!);
      case "UnaryExpr": {
        const value = vector(parts[1]!);
        const sign = text[node.from] === "-" ? -1 : 1;
        return typeof value === "number" ? sign * value : value.map((series) => ({ ...series, now: sign * series.now }));
      }
      case "VectorSelector": {
        const matchers = matchersOf(node, text);
        return world.filter(
          ({ labels }) =>
            labels.__name__ === nameOf(node, text) &&
            matchers.every(({ label, operator, value }) => (operator === "=" ? (labels[label] ?? "") === value : new RegExp(`^(?:${value})$`).test(labels[label] ?? ""))),
        );
      }
      case "FunctionCall": {
        const name = text.slice(parts[0]!.from, parts[0]!.to);
        const [argument] = children(parts[1]!);
        if (name === "absent") return (vector(argument!) as Vector).length === 0 ? [{ labels: {}, before: 1, now: 1 }] : [];
        const over = OVER_TIME[name];
        if (over === undefined) throw new Error(`${name} is not known here: ${text}`);
        return (vector(argument!.firstChild!) as Vector).map((series) => ({ ...series, labels: unnamed(series.labels), now: over(series) }));
      }
      case "BinaryExpr":
        return binary(parts[1]!.name, vector(parts[0]!), vector(parts[2]!));
      default:
        throw new Error(`${node.name} is not known here: ${text}`);
    }
  }

  function binary(operator: string, left: Vector | number, right: Vector | number): Vector {
    if (typeof left === "number") throw new Error(`a number on the left is not known here: ${text}`);
    if (operator === "Or") {
      const known = new Set(left.map(({ labels }) => key(labels)));
      return [...left, ...(right as Vector).filter(({ labels }) => !known.has(key(labels)))];
    }
    const [holds, compute] = [COMPARISONS[operator], ARITHMETIC[operator]];
    if (holds === undefined && compute === undefined) throw new Error(`${operator} is not known here: ${text}`);
    return left.flatMap((series) => {
      const other = typeof right === "number" ? right : right.find(({ labels }) => key(labels) === key(series.labels))?.now;
      if (other === undefined) return [];
      if (holds !== undefined) return holds(series.now, other) ? [series] : [];
      return [{ labels: unnamed(series.labels), before: NaN, now: compute!(series.now, other) }];
    });
  }

  const result = vector(parsePromql(text));
  if (typeof result === "number") throw new Error(`a number and no series: ${text}`);
  return result;
}
