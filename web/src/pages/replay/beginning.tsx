import { Link } from "wouter";
import type { IndexedVersion } from "../../../../core/history/types.ts";
import type { Examination, ShownValues } from "../../replay/examination.ts";
import { decimalOf, numberIn } from "../../replay/figures.ts";
import { Amount } from "../../ui/amount.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Id, OperatorId } from "../../ui/ids.tsx";
import { Table } from "../../ui/table.tsx";
import { tensorsIn } from "../../ui/tensor/numbers.ts";
import { isPlainlyPicture } from "../../ui/tensor/pixels.ts";
import { specsOf } from "../../data/specs.ts";
import { TensorView } from "../../ui/tensor/tensorView.tsx";
import type { DisputeRecord } from "./record.ts";

interface BeginningProps {
  readonly record: DisputeRecord;
  readonly version: IndexedVersion | undefined;
}

/** Inputs of a model that are shown. */
const MOST_INPUTS = 4;

/** Who asked, what for, and with which input. */
export function Asked({ record: { job, state }, version }: BeginningProps) {
  const specs = version && specsOf(version.header);
  const { input } = state;
  const tensors = specs && input.kind === "inline" ? tensorsIn(specs.inputs, input.bytes) : undefined;
  return (
    <div className="columns">
      <div>
        <p>Somebody sends these numbers to a contract and pays for what a published model makes of them. Anybody may run the model; nobody has to be trusted, because whoever answers puts up a bond.</p>
        <Facts
          of={[
            ["Asked by", <Id of={job.requester} />],
            ["Model", version && <Link href={`/models/${version.model}/${version.id}`}>{`model ${version.model}`}</Link>],
            ["Fee", <Amount of={job.fee} />],
            ["Bond asked for", <Amount of={job.bond} />],
          ]}
        />
      </div>
      <div>
        {tensors?.slice(0, MOST_INPUTS).map((tensor, i) => (
          <TensorView key={i} tensor={tensor} {...(isPlainlyPicture(tensor) && { image: {} })} />
        ))}
        {input.kind === "roots" && <p className="notice">The input is too large for the chain, which knows its fingerprints: its numbers are served elsewhere.</p>}
      </div>
    </div>
  );
}

/** Values of an output that are compared in a table. */
const COMPARED = 12;

/** What the operator claims, and what this browser computes. */
export function Answered({ record: { job, state }, found }: { readonly record: DisputeRecord; readonly found: Examination | undefined }) {
  return (
    <>
      <p>
        <OperatorId of={state.claim.operator} /> runs the model and submits its answer to the chain. <Amount of={job.bond} /> of its own money are locked behind it: for a while anybody may say that the answer is wrong.
      </p>
      {found === undefined && <p className="none">Your browser is computing the same run; then both stand here side by side.</p>}
      {found?.outputs.map((values) => <Output key={values.tensor} values={values} name={found.graph.nodes.find(({ id }) => id === values.tensor)?.tensor ?? ""} />)}
    </>
  );
}

function Output({ values: { given, own, dtype, count, difference }, name }: { readonly values: ShownValues; readonly name: string }) {
  if (given === undefined) return <p className="notice">Of the output “{name}” the chain has only a fingerprint, as it is too long for it.</p>;
  const figure = (bits: bigint) => ({ type: dtype, bits });
  // Where outputs are long, what is near the first difference counts.
  const first = difference === undefined || count <= COMPARED ? 0 : Math.min(difference, given.length - COMPARED);
  const places = given.slice(first, first + COMPARED).map((_, i) => first + i);
  const winner = (bits: readonly bigint[]): number | undefined => (count < 2 || count > bits.length ? undefined : bits.reduce((best, each, i) => (numberIn(figure(each)) > numberIn(figure(bits[best])) ? i : best), 0));
  const [theirs, mine] = [winner(given), own && winner(own)];
  return (
    <>
      <Table
        title={`Output ${name}`}
        columns={[
          { name: "Place", of: (i) => i, isNumber: true },
          { name: "Claimed", of: (i) => <strong>{decimalOf(figure(given[i]))}</strong>, isNumber: true },
          { name: "Computed here", of: (i) => (own === undefined ? "–" : decimalOf(figure(own[i]))), isNumber: true },
          { name: "", of: (i) => own !== undefined && (own[i] === given[i] ? <span className="badge good">same bits</span> : <span className="badge bad">differs</span>) },
        ]}
        items={places}
        keyOf={String}
        none="It has no numbers."
      />
      {own !== undefined && difference === undefined && <p>Every one of its {count.toLocaleString("en")} numbers is the same here, bit for bit.</p>}
      {theirs !== undefined && mine !== undefined && difference !== undefined && (
        <p>{theirs === mine ? `The greatest is number ${mine} in both, so that nobody would have noticed by looking.` : `The greatest should be number ${mine}; by the claim it is number ${theirs}.`}</p>
      )}
    </>
  );
}
