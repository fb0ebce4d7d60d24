import { OpgError } from "./errors.ts";

/** One reason why a model cannot be taken. `name` is the node's name, or the file's part that is at fault. */
export interface Fault {
  readonly name: string;
  readonly op: string;
  readonly why: string;
  /** Inputs of the model whose values would take the reason away, if they were given when it is compiled. */
  readonly inputs?: readonly string[];
}

const line = (fault: Fault): string => `${fault.name}${fault.op === "" ? "" : ` (${fault.op})`}: ${fault.why}`;

/** The model cannot be taken; every fault that was found is listed. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(line).join("\n"));
    this.faults = faults;
  }
}

/** The process in which the runtime looked at a model ended, by what the model made it do. */
export class RuntimeEnded extends CompileError {
  constructor(why: string) {
    super([{ name: "model", op: "", why }]);
  }
}

/** A fault of the file as a whole, or of a named part of it that is no node. */
export const fileFault = (why: string, name = "model"): CompileError => new CompileError([{ name, op: "", why }]);

/** Thrown while one node is read; whoever reads the node knows its name. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Refuses the node that is being read. */
export function refuse(why: string): never {
  throw new Refusal(why);
}

/** Collects faults, so that a publisher learns all of them at once. */
export class Faults {
  readonly #faults: Fault[] = [];

  add(name: string, op: string, why: string): void {
    this.#faults.push({ name, op, why });
  }

  /** Runs `read`; a refusal or the faults of a CompileError are noted under that name and undefined is returned. */
  attempt<T>(name: string, op: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (error instanceof Refusal) this.add(name, op, error.message);
      else if (error instanceof CompileError) this.#faults.push(...error.faults);
      else throw error;
      return undefined;
    }
  }

  list(): Fault[] {
    return [...this.#faults];
  }

  push(faults: readonly Fault[]): void {
    this.#faults.push(...faults);
  }

  /** Throws what was found; `others` are faults that only then matter. */
  throwIfAny(others: readonly Fault[] = []): void {
    if (this.#faults.length > 0) throw new CompileError([...this.#faults, ...others]);
  }
}

/** Whether an error says something of the model or the job, which stays true. All else may go right the next time. */
export function isStatement(error: unknown): boolean {
  return (error instanceof OpgError && error.kind === "refused") || error instanceof CompileError;
}
