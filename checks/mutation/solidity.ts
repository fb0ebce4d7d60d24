import { child, children, rangeOf, typeOf, within, type AstNode, type Place } from "../instrument/ast.ts";

/** A replacement of some text. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "+": ["-", "*"],
  "-": ["+"],
  "*": ["+", "/"],
  "/": ["*"],
  "%": ["*"],
  "**": ["*"],
  "<": ["<=", ">", ">="],
  "<=": ["<", ">", ">="],
  ">": [">=", "<", "<="],
  ">=": [">", "<", "<="],
  "==": ["!="],
  "!=": ["=="],
  "&&": ["||"],
  "||": ["&&"],
  "&": ["|"],
  "|": ["&"],
  "^": ["&", "|"],
  "<<": [">>"],
  ">>": ["<<"],
};
const ASSIGNMENTS: Readonly<Record<string, readonly string[]>> = {
  "+=": ["-=", "="],
  "-=": ["+=", "="],
  "*=": ["+=", "="],
  "/=": ["*=", "="],
  "%=": ["*=", "="],
  "|=": ["&=", "="],
  "&=": ["|=", "="],
  "^=": ["&=", "="],
  "<<=": [">>=", "="],
  ">>=": ["<<=", "="],
};
const CONDITIONED = ["IfStatement", "WhileStatement", "DoWhileStatement", "ForStatement", "Conditional"];

/** All changes of one node of a Solidity function. */
export class SolidityOperators {
  readonly #source: string;
  /** Declarations by id: enumerations and constants are looked up here. */
  readonly #declarations: ReadonlyMap<number, AstNode>;

  constructor(source: string, declarations: ReadonlyMap<number, AstNode>) {
    this.#source = source;
    this.#declarations = declarations;
  }

  changes(place: Place): Change[] {
    if (within(place, "ArrayTypeName", "ElementaryTypeName", "ParameterList") !== undefined) return [];
    return [...this.#condition(place), ...this.#byKind(place)];
  }

  #byKind(place: Place): Change[] {
    switch (place.node.nodeType) {
      case "BinaryOperation":
        return this.#binary(place);
      case "UnaryOperation":
        return this.#unary(place);
      case "Assignment":
        return this.#assignment(place);
      case "Literal":
        return this.#literal(place);
      case "Identifier":
      case "MemberAccess":
        return this.#constant(place);
      case "FunctionCall":
        return this.#swappedArguments(place);
      case "ExpressionStatement":
      case "EmitStatement":
      case "RevertStatement":
      case "Break":
      case "Continue":
        return [this.#all(place, "")];
      case "VariableDeclarationStatement":
        return this.#initialisation(place);
      default:
        return [];
    }
  }

  #text = (node: AstNode): string => this.#source.slice(...rangeOf(node));
  #all = (place: Place, text: string): Change => ({ start: place.start, end: place.end, text });

  /** A decision, or an operand of one, is forced either way and turned round. */
  #condition(place: Place): Change[] {
    const { node, key, parent } = place;
    const decides = key === "condition" && CONDITIONED.includes(parent!.node.nodeType);
    const required =
      key === "arguments" && parent!.node.nodeType === "FunctionCall" && children(parent!.node, "arguments")[0] === node && child(parent!.node, "expression")?.name === "require";
    const operand = parent?.node.nodeType === "BinaryOperation" && ["&&", "||"].includes(String(parent.node.operator));
    if (!decides && !required && !operand) return [];
    // A literal is flipped as a literal; "true" and "false" of an operand are the ways to leave it out.
    if (node.nodeType === "Literal") return [];
    // A requirement that always holds is a deleted one.
    const forced = (required ? ["false"] : ["true", "false"]).map((text) => this.#all(place, text));
    const turnable = !(node.nodeType === "BinaryOperation" || node.nodeType === "UnaryOperation");
    return turnable ? [...forced, this.#all(place, `!(${this.#text(node)})`)] : forced;
  }

  /** The operator's own place: between its operands, comments aside. */
  #operator(from: number, until: number, operator: string, text: string): Change {
    const start = this.#source.indexOf(operator, from);
    if (start < 0 || start >= until) throw new Error(`no ${operator} at ${from}`);
    return { start, end: start + operator.length, text };
  }

  #binary({ node }: Place): Change[] {
    const operator = String(node.operator);
    const [, from] = rangeOf(child(node, "leftExpression")!);
    const [until] = rangeOf(child(node, "rightExpression")!);
    return (OPERATORS[operator] ?? []).map((text) => this.#operator(from, until, operator, text));
  }

  #assignment({ node }: Place): Change[] {
    const operator = String(node.operator);
    const [, from] = rangeOf(child(node, "leftHandSide")!);
    const [until] = rangeOf(child(node, "rightHandSide")!);
    return (ASSIGNMENTS[operator] ?? []).map((text) => this.#operator(from, until, operator, text));
  }

  #unary(place: Place): Change[] {
    const { node, parent } = place;
    const operand = this.#text(child(node, "subExpression")!);
    const operator = String(node.operator);
    if (["!", "~", "-"].includes(operator)) return [this.#all(place, operand)];
    if (operator !== "++" && operator !== "--") return [];
    const other = operator === "++" ? "--" : "++";
    const write = (op: string, prefix: boolean): Change => this.#all(place, prefix ? op + operand : operand + op);
    const prefix = node.prefix === true;
    // Before or after matters only where the value is used.
    const used = parent!.node.nodeType !== "ExpressionStatement" && place.key !== "loopExpression";
    return [write(other, prefix), ...(used ? [write(operator, !prefix)] : [])];
  }

  #literal(place: Place): Change[] {
    const { node } = place;
    const text = this.#text(node);
    if (node.kind === "bool") return [this.#all(place, text === "true" ? "false" : "true")];
    if (node.kind === "string") return [this.#all(place, '""')];
    if (node.kind !== "number") return [];
    if (typeOf(node).startsWith("t_address")) return [this.#all(place, "address(0)")];
    if (/^0(x0*)?$/.test(text)) return [this.#all(place, "1")];
    return [`(${text} + 1)`, text === "1" ? "0" : `(${text} - 1)`].map((t) => this.#all(place, t));
  }

  /** A use of a constant is changed like a literal, a member of an enumeration becomes the next one. */
  #constant(place: Place): Change[] {
    const { node } = place;
    const text = this.#text(node);
    if (/^type\(\w+\)\.max$/.test(text)) return [this.#all(place, `(${text} - 1)`)];
    const declaration = this.#declarations.get(Number(node.referencedDeclaration));
    if (declaration?.nodeType === "EnumValue") {
      const members = declaration.members as string[];
      const next = members[(members.indexOf(String(declaration.name)) + 1) % members.length];
      return [this.#all(place, text.replace(/\w+$/, next))];
    }
    if (declaration?.nodeType !== "VariableDeclaration" || declaration.constant !== true) return [];
    const type = typeOf(node);
    if (type.startsWith("t_address")) return [this.#all(place, "address(0)")];
    return /^t_u?int/.test(type) ? [`(${text} + 1)`, `(${text} - 1)`].map((t) => this.#all(place, t)) : [];
  }

  /** Two neighbouring arguments of the same type, exchanged. */
  #swappedArguments({ node }: Place): Change[] {
    if (node.kind !== "functionCall" || (node.names as unknown[]).length > 0) return [];
    const given = children(node, "arguments");
    const i = given.findIndex((a, k) => k + 1 < given.length && typeOf(a) === typeOf(given[k + 1]) && this.#text(a) !== this.#text(given[k + 1]));
    if (i < 0) return [];
    const [[start, middle], [next, end]] = [rangeOf(given[i]), rangeOf(given[i + 1])];
    const text = this.#source.slice(next, end) + this.#source.slice(middle, next) + this.#source.slice(start, middle);
    return [{ start, end, text }];
  }

  /** A variable of a plain type keeps its zero. */
  #initialisation({ node }: Place): Change[] {
    const declarations = children(node, "declarations");
    const value = child(node, "initialValue");
    if (value === undefined || declarations.length !== 1 || value.nodeType === "Literal") return [];
    const zero = zeroOf(typeOf(declarations[0]));
    const [start, end] = rangeOf(value);
    return zero === undefined ? [] : [{ start, end, text: zero }];
  }
}

function zeroOf(type: string): string | undefined {
  if (/^t_u?int\d+$/.test(type)) return "0";
  if (type === "t_bool") return undefined; // its operands are forced already
  const fixed = /^t_bytes(\d+)$/.exec(type);
  return fixed === null ? undefined : `bytes${fixed[1]}(0)`;
}
