import { isFloating } from "../../../../core/exact/formats.ts";
import { bitsOf } from "../../replay/bits.ts";
import { decimalOf, hexOf, type Figure } from "../../replay/figures.ts";
import type { Right, ShownElement } from "../../replay/element.ts";
import { FigureView } from "./figureView.tsx";

/** What was claimed beside what is right, bit by bit, and how far apart they are. */
export function Comparison({ element }: { readonly element: ShownElement }) {
  const { claimed, right, distance, isCanonical } = element;
  const only = right.kind === "values" && right.values.length === 1 ? right.values[0] : undefined;
  return (
    <div className="comparison">
      <div className="comparison-side bad">
        <span>The operator claimed</span>
        <FigureView of={claimed} />
        {only !== undefined && <Bits of={claimed} beside={only} />}
      </div>
      <div className="comparison-side good">
        <span>{rightWords(right)}</span>
        <Permitted right={right} />
        {only !== undefined && <Bits of={only} beside={claimed} />}
      </div>
      <p className="comparison-words">
        {!isCanonical && "The value itself is written in a form that is not permitted: a zero has no sign here, and a NaN one form only. "}
        {distance !== undefined && distance > 0n && apart(claimed, distance)}
      </p>
    </div>
  );
}

/** How far a claim is from what is permitted, in steps from a number to the next one of its type. */
function apart({ type }: Figure, distance: bigint): string {
  const shown = distance.toLocaleString("en");
  if (type === "integer" || !isFloating(type)) return `They are ${shown} apart.`;
  if (distance === 1n) return "No number of this type lies between them: two numbers can't differ by less, and still it is convicted.";
  return `From one to the other it takes ${shown} steps to the next number that a computer can keep.`;
}

const rightWords = (right: Right): string => (right.kind === "between" ? "The rule permits anything between" : right.values.length === 1 ? "It should be" : "The rule permits only");

function Permitted({ right }: { readonly right: Right }) {
  if (right.kind === "values") return right.values.length === 0 ? <strong>nothing at all</strong> : right.values.map((value) => <FigureView key={String(value.bits)} of={value} />);
  const { least, greatest, orNotFinite } = right;
  return (
    <>
      {least === undefined ? <strong>−∞</strong> : <FigureView of={least} />}
      <span>and</span>
      {greatest === undefined ? <strong>∞</strong> : <FigureView of={greatest} />}
      {orNotFinite && <span>or no finite number at all</span>}
    </>
  );
}

function Bits({ of, beside }: { readonly of: Figure; readonly beside: Figure }) {
  const bits = bitsOf(of, beside);
  const changed = bits.filter(({ differs }) => differs).length;
  return (
    <span className="bits" role="img" aria-label={`${decimalOf(of)} has the bits ${hexOf(of) ?? ""}, of which ${changed} are others`}>
      {bits.map(({ isSet, part, differs }, i) => (
        <i key={i} className={`${part} ${differs ? "differs" : ""}`}>
          {isSet ? 1 : 0}
        </i>
      ))}
    </span>
  );
}
