import { availableParallelism } from "node:os";
import { buildInstrumented, parse, readSource, type Sources } from "../instrument/compile.ts";
import { RECORD, Runner, type Test } from "../instrument/run.ts";
import { declarationsOf, enumerate } from "./enumerate.ts";
import { keyOf, nameAll, type Mutant, type MutantName } from "./mutant.ts";
import { refusedOf } from "./refused.ts";
import { schema, type Group } from "./schema.ts";

/** How many killed mutants are remembered for their tests, of which as many are asked first as follows. */
const RECENT = 40;
const LIKELY = 3;

export type Fate = "killed" | "survived" | "unreached";
export interface Verdict {
  readonly name: MutantName;
  readonly fate: Fate;
  /** The test that noticed. */
  readonly by?: string;
}
export interface Campaign {
  readonly verdicts: readonly Verdict[];
  /** Changes that are no program. */
  readonly stillborn: number;
}

/** Mutates `files`, of which `choose` picks the mutants to run, and runs the tests in `testFiles` against each. */
export async function campaign(
  files: readonly string[],
  testFiles: readonly string[],
  choose: (names: readonly MutantName[]) => readonly boolean[],
  progress: (line: string) => void,
  overlay: Sources = new Map(),
): Promise<Campaign> {
  const source = (file: string): string => overlay.get(file) ?? readSource(file);
  const asts = parse(files, overlay);
  const declarations = declarationsOf(asts.values());
  const all = files.flatMap((file) => {
    const mutants = enumerate(file, source(file), asts.get(file)!, declarations);
    return nameAll(mutants, source(file)).map((name, i) => ({ name, mutant: mutants[i] }));
  });
  const wanted = choose(all.map((m) => m.name));
  const names = new Map<Mutant, MutantName>(all.filter((_, i) => wanted[i]).map((m) => [m.mutant, m.name]));
  progress(`${names.size} mutants of ${files.length} files`);

  const chosen = names.size;
  const { groups, contracts } = compileAll(files, testFiles, names, source, overlay);
  const runner = await Runner.create(contracts);
  progress(`compiled; ${runner.tests.length} tests`);
  const { outcomes } = await runner.run(runner.tests, 0n);
  const broken = outcomes.filter((o) => !o.passed);
  if (broken.length > 0 || outcomes.length < runner.tests.length)
    throw new Error(`the unchanged contracts fail: ${broken.map((o) => `${o.test.suite} ${o.test.name}: ${o.reason}`).join("\n")}`);
  const reaching = await reachedBy(runner);
  progress(`every test passes unchanged; ${reaching.size} of ${groups.length} places are reached`);

  const verdicts: Verdict[] = [];
  const queue = groups.flatMap((group) => group.mutants.map((mutant, i) => ({ mutant, number: group.first + i, tests: reaching.get(group.first) ?? [] })));
  /** By which tests the last mutants were killed. */
  const killers: Test[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < queue.length) {
      const { mutant, number, tests } = queue[next++];
      const { fate, by } = await judge(runner, number, inTurn(tests, killers));
      const verdict: Verdict = { name: names.get(mutant)!, fate, ...(by === undefined ? {} : { by: `${by.suite} ${by.name}` }) };
      verdicts.push(verdict);
      if (by !== undefined) killers.unshift(by);
      killers.splice(RECENT);
      if (verdict.fate !== "killed") progress(`${verdict.fate}: ${keyOf(verdict.name)}`);
      if (verdicts.length % 100 === 0) progress(`${verdicts.length} of ${queue.length}, ${verdicts.filter((v) => v.fate !== "killed").length} alive`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const order = new Map([...names.values()].map((name, i) => [name, i]));
  verdicts.sort((a, b) => order.get(a.name)! - order.get(b.name)!);
  return { verdicts, stillborn: chosen - names.size };
}

/** Compiles all mutants at once; those that the compiler refuses are taken out of `names`. */
function compileAll(
  files: readonly string[],
  testFiles: readonly string[],
  names: Map<Mutant, MutantName>,
  source: (file: string) => string,
  overlay: Sources,
): { groups: Group[]; contracts: ReturnType<typeof buildInstrumented> } {
  for (const file of files) {
    const mutants = [...names.keys()].filter((m) => m.file === file);
    for (const refused of refusedOf(file, source(file), mutants, overlay)) names.delete(refused);
  }
  const groups: Group[] = [];
  const texts = new Map(overlay);
  let first = 1;
  for (const file of files) {
    const mutants = [...names.keys()].filter((m) => m.file === file);
    const made = schema(source(file), mutants, first);
    groups.push(...made.groups);
    texts.set(file, made.text);
    first += mutants.length;
  }
  return { groups, contracts: buildInstrumented([...testFiles, ...files], texts) };
}

/** Which tests reach which place. */
async function reachedBy(runner: Runner): Promise<Map<number, Test[]>> {
  const reaching = new Map<number, Test[]>();
  for (const test of runner.tests) {
    const { reached } = await runner.run([test], RECORD);
    for (const place of reached) reaching.set(place, [...(reaching.get(place) ?? []), test]);
  }
  return reaching;
}

/**
 * Tests in the order in which they are asked: those that noticed the last mutants, for neighbours are noticed alike; then
 * plain ones, for they are quicker than those that draw their inputs.
 */
function inTurn(tests: readonly Test[], killers: readonly Test[]): Test[][] {
  const likely = [...new Set(killers)].filter((t) => tests.includes(t)).slice(0, LIKELY);
  const others = tests.filter((t) => !likely.includes(t));
  return [likely, others.filter((t) => !t.fuzz), others.filter((t) => t.fuzz)];
}

async function judge(runner: Runner, number: number, turns: readonly (readonly Test[])[]): Promise<{ fate: Fate; by?: Test }> {
  if (turns.every((tests) => tests.length === 0)) return { fate: "unreached" };
  for (const tests of turns) {
    const { outcomes } = await runner.run(tests, BigInt(number));
    const failure = outcomes.find((o) => !o.passed);
    if (failure !== undefined) return { fate: "killed", by: failure.test };
  }
  return { fate: "survived" };
}
