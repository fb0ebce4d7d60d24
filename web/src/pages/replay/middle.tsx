import { MARKS } from "../../graph/marks.ts";
import type { Examination } from "../../replay/examination.ts";
import { Facts } from "../../ui/facts.tsx";
import { Id } from "../../ui/ids.tsx";
import { When } from "../../ui/time.tsx";
import { countsOf } from "./chapters.ts";
import { PlaneView } from "./planeView.tsx";
import { ReadTables } from "./readTable.tsx";
import type { DisputeRecord } from "./record.ts";
import { RULE_WORDS } from "./ruleWords.ts";
import type { Examining } from "./useExamination.ts";

/** Who doubts, and what has to happen now. */
export function Challenged({ record: { state } }: { readonly record: DisputeRecord }) {
  const { challengers, openBy } = state.dispute!;
  return (
    <>
      <p>Whoever runs the model, too, and gets another answer can say so on chain. That costs a fee, which is lost if the answer turns out right. From now on the answer is not final: the operator has to show its work.</p>
      <Facts
        of={[
          ["Challenged by", challengers.map((address) => <Id key={address} of={address} />)],
          ["To show its work by", <When at={openBy} />],
        ]}
      />
    </>
  );
}

/** The fingerprints of all tensors, and what was asked for since. */
export function Opened({ record: { state }, found }: { readonly record: DisputeRecord; readonly found: Examination | undefined }) {
  const { opened, demands } = state.dispute!;
  const answered = demands.filter((demand) => demand.answered).length;
  return (
    <>
      <p>
        A model works in steps, and each step makes a table of numbers, a tensor. The operator hands in one fingerprint over all of {found === undefined ? "them" : `its ${found.marks.length.toLocaleString("en")} tensors`}. From now on it cannot change a single number: the
        beginning must be the requester's input, and the end the answer that it gave.
      </p>
      <Facts
        of={[
          ["Fingerprint of the run", <Id of={opened!.traceRoot} />],
          ["Tensors served at", <code>{opened!.uri}</code>],
          ["Parts demanded on chain", demands.length > 0 ? `${demands.length}, of which ${answered} were shown` : undefined],
        ]}
      />
    </>
  );
}

/** How the operator's tensors compare with those that this browser computed. */
export function Parted({ found, seconds }: { readonly found: Examination; readonly seconds: number | undefined }) {
  const counts = countsOf(found);
  const { graph, marks, run } = found;
  const first = graph.nodes.find(({ id }) => marks[id] === "differs");
  return (
    <>
      <p>
        {run.isWhole ? "Your browser has computed the whole run by the rules that the chain judges by" : `Your browser has computed what it can of the run, but ${run.detail}`}
        {seconds !== undefined && `, in ${seconds.toFixed(1)}\u00a0s`}. Each tensor is compared by its fingerprint:
      </p>
      <ul className="tally">
        {(["agreed", "differs", "follows", "open", "unknown"] as const).map((mark) => counts[mark] > 0 && <li key={mark} className={mark}><strong>{counts[mark].toLocaleString("en")}</strong> {MARKS[mark]}</li>)}
      </ul>
      {counts.unknown > 0 && run.isWhole && <p>What is not compared has fingerprints that are not on chain, and that the operator does not serve, or not any more.</p>}
      {first !== undefined && (
        <p>
          Everything that <strong>{first.row?.op}</strong> <code>{first.row?.name}</code> reads is the same in both runs, and what it makes of it is not. So here, and nowhere before, a number is wrong
          {counts.follows > 0 && "; what comes after only passes it on"}.
        </p>
      )}
    </>
  );
}

/** The element that was shown, with what it reads. */
export function OneNumber({ record: { proving }, found, names }: { readonly record: DisputeRecord; readonly found: Examination; readonly names: ReadonlyMap<number, string> }) {
  const element = found.element!;
  const row = found.graph.nodes.find((node) => node.row?.index === element.node)!;
  const shown = element.inputs.filter(({ planes }) => planes.length > 0);
  const reads = shown.reduce((sum, { reads: count }) => sum + count, 0);
  return (
    <div className="beside">
      <div>
        <p>
          {element.foundBy === "proof"
            ? "Nobody has to run the whole model on chain. One wrong number is enough: the challenger shows it, together with the numbers that it is made from, each with a path of hashes that leads to the operator's own fingerprint."
            : "No proof is on chain. But all that this number is made from agrees in both runs, so that it can be judged here."}
        </p>
        <Facts
          of={[
            ["The number", <>element [{element.coordinates.join(", ")}] of <code>{row.tensor}</code></>],
            ["Made by", <>{row.row?.op} <code>{row.row?.name}</code></>],
            ["From", `${reads.toLocaleString("en")} numbers`],
            ["Shown in transaction", proving && element.foundBy === "proof" ? <Id of={proving.conclusion} /> : undefined],
            ["After pieces in", proving && proving.pieces.length > 0 ? `${proving.pieces.length} transactions` : undefined],
          ]}
        />
        <p>{RULE_WORDS[element.rule]}</p>
        <p className="formula">{element.formula}</p>
      </div>
      <div>
        <div className="planes">
          {shown.map((input) => (
            <PlaneView key={input.input} input={input} name={names.get(input.input)} />
          ))}
        </div>
        <ReadTables inputs={shown} />
      </div>
    </div>
  );
}

/** What this browser is at, as long as it is not done. */
export function Progress({ examining: { phase, progress } }: { readonly examining: Examining }) {
  if (phase !== "fetching" && phase !== "computing") return null;
  return (
    <p className="notice replaying">
      <progress aria-label="nodes computed" value={progress?.[0]} max={progress?.[1]} />
      <span>{phase === "fetching" ? "Your browser fetches the model's published files …" : progress === undefined ? "Your browser rebuilds the model …" : `Your browser computes the run: ${progress[0]} of ${progress[1]} nodes`}</span>
    </p>
  );
}
