import type { ReactNode } from "react";
import type { InputShown } from "../../replay/planes.ts";
import type { Row } from "../../replay/rows.ts";
import { FigureView } from "./figureView.tsx";

const Sign = ({ children }: { readonly children: ReactNode }) => <span className="sign">{children}</span>;

/** An operation with its operands and what it comes to. */
export function Equation({ row: { operation, operands, result } }: { readonly row: Row }) {
  const [a, b, c] = operands.map((figure, i) => <FigureView key={i} of={figure} />);
  return (
    <div className="equation">
      {operation === "fma" || operation === "product" ? (
        <>
          {a} <Sign>×</Sign> {b} <Sign>+</Sign> {c}
        </>
      ) : operation === "add" || operation === "multiply" || operation === "divide" ? (
        <>
          {a} <Sign>{{ add: "+", multiply: "×", divide: "÷" }[operation]}</Sign> {b}
        </>
      ) : operation === "root" ? (
        <>
          <Sign>√</Sign> {a}
        </>
      ) : (
        a
      )}
      <Sign>{operation === "fromInteger" ? "as a number with a point:" : operation === "roundToInteger" ? "rounded to" : "="}</Sign>
      <span className="equation-result">
        <FigureView of={result} />
      </span>
    </div>
  );
}

/** Where the operands stand, and what the operation is for, in a line. */
export function placeWords({ places, note }: Row, inputs: readonly InputShown[]): string {
  const nameOf = (input: number): string => inputs.find((each) => each.input === input)?.role ?? `input ${input}`;
  const names = places?.map((place) => (place === undefined ? "padding" : `${nameOf(place.input)}[${place.coordinates.join(", ")}]`));
  return [names?.join(" × "), note].filter(Boolean).join(", ");
}
