/**
 * `npm run prove [function …]`: gives the steps of docs/accounting.md to solc's Horn solver, one function and one equation at
 * a time. Exits with 1 unless everything tried is proved. What the solver is known to leave undecided is tried only with
 * `--all`. `--json` prints everything as JSON.
 */
import { models } from "./model.ts";
import { prove, type Answer } from "./solver.ts";
import { subjects } from "./subjects.ts";

interface Row {
  readonly contract: string;
  readonly function: string;
  readonly equation: string;
  readonly answer: Answer;
  readonly expected: boolean;
  readonly seconds: number;
}

const json = process.argv.includes("--json");
const all = process.argv.includes("--all");
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const rows: Row[] = [];
for (const subject of subjects)
  for (const [name, equation] of Object.entries(subject.equations))
    for (const [step, text] of models(subject, equation)) {
      if (chosen.length > 0 && !chosen.includes(step)) continue;
      const known = subject.undecided.includes(`${step} ${name}`);
      const started = performance.now();
      const answer = known && !all ? "undecided" : prove(text);
      const seconds = Math.round((performance.now() - started) / 100) / 10;
      const expected = answer === "proved" || (known && answer === "undecided");
      rows.push({ contract: subject.name, function: step, equation: name, answer, expected, seconds });
      if (!json) console.log(`${subject.name}.${step} ${name}: ${answer}${expected ? "" : ", should be proved"} (${seconds} s)`);
    }
if (json) console.log(JSON.stringify(rows, undefined, 2));
else console.log(`${rows.filter(({ answer }) => answer === "proved").length} of ${rows.length} proved`);
process.exit(rows.length > 0 && rows.every(({ expected }) => expected) ? 0 : 1);
