import { buildInstrumented, parse, readSource, type Sources } from "../instrument/compile.ts";
import { RECORD, Runner } from "../instrument/run.ts";
import { instrument, type Feature } from "./features.ts";

export interface Measured {
  readonly feat: Feature;
  readonly done: boolean;
}

/** Which statements and branches of `files` the tests in `testFiles` reach. */
export async function measure(files: readonly string[], testFiles: readonly string[], overlay: Sources = new Map()): Promise<Measured[]> {
  const source = (file: string): string => overlay.get(file) ?? readSource(file);
  const asts = parse(files, overlay);
  const texts = new Map(overlay);
  const features: Feature[] = [];
  for (const file of files) {
    // Place 0 is none.
    const made = instrument(file, source(file), asts.get(file)!, features.length + 1);
    texts.set(file, made.text);
    features.push(...made.features);
  }
  const runner = await Runner.create(buildInstrumented([...testFiles, ...files], texts));
  const { outcomes, reached } = await runner.run(runner.tests, RECORD);
  const broken = outcomes.filter((o) => !o.passed);
  if (broken.length > 0 || outcomes.length < runner.tests.length) {
    throw new Error(`the contracts fail: ${broken.map((o) => `${o.test.suite} ${o.test.name}: ${o.reason}`).join("\n")}`);
  }
  return features.map((feat, i) => ({ feat, done: reached.has(i + 1) }));
}
