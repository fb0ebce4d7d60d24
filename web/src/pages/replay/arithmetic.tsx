import { useEffect, useMemo, useState } from "react";
import { stepsOf } from "../../replay/course.ts";
import { decimalOf } from "../../replay/figures.ts";
import type { ShownElement } from "../../replay/element.ts";
import { Comparison } from "./comparison.tsx";
import { Course } from "./course.tsx";
import { Equation, placeWords } from "./equation.tsx";
import { PlaneView } from "./planeView.tsx";
import { RowTable } from "./rowTable.tsx";
import { ONLY_CHOOSES, WITHIN_BOUND } from "./ruleWords.ts";
import { prefersStillness, type Stepper } from "./useStepper.ts";

interface ArithmeticProps {
  readonly element: ShownElement;
  /** Names of the inputs in the model, by their places among those of the row. */
  readonly names: ReadonlyMap<number, string>;
  readonly stepper: Stepper;
}

/** Milliseconds of all steps together while the story plays, between two pictures, and for the end. */
const WHOLE = 9_000;
const PICTURE = 120;
const END = 4_000;

/** The arithmetic of an element, a step at a time, to the value that the claim is not. */
export function Arithmetic({ element, names, stepper }: ArithmeticProps) {
  const steps = useMemo(() => stepsOf(element.stages), [element]);
  const [wanted, setAt] = useState(0);
  const last = steps.length - 1;
  const at = Math.min(wanted, last);
  const { isPlaying, next } = stepper;
  useEffect(() => {
    if (!isPlaying) return undefined;
    if (at >= last || prefersStillness()) {
      setAt(last);
      const timer = setTimeout(next, END);
      return () => clearTimeout(timer);
    }
    const stride = Math.max(1, Math.round((steps.length * PICTURE) / WHOLE));
    const timer = setTimeout(() => setAt(Math.min(last, at + stride)), Math.max(PICTURE, WHOLE / steps.length / 2));
    return () => clearTimeout(timer);
  }, [isPlaying, at, last, next, steps.length]);

  if (steps.length === 0) {
    return (
      <>
        <p>{element.right.kind === "between" ? WITHIN_BOUND : ONLY_CHOOSES}</p>
        <p className="formula">{element.formula}</p>
        <Comparison element={element} />
      </>
    );
  }
  const { stage, row } = steps[at];
  const shown = element.inputs.filter(({ input, planes }) => planes.length > 0 && element.stages.some(({ rows }) => rows.some(({ places }) => places?.some((place) => place?.input === input))));
  return (
    <>
      <p>{stage.words}</p>
      <div className="steps">
        <div className="steps-head">
          <strong>{stage.title}</strong>
          <span>
            step {(row.number + 1).toLocaleString("en")} of {stage.count.toLocaleString("en")}
            {placeWords(row, element.inputs) !== "" && `: ${placeWords(row, element.inputs)}`}
          </span>
        </div>
        <Equation row={row} />
        <Course rows={stage.rows} at={stage.rows.indexOf(row)} />
        <div className="steps-moves">
          <button type="button" aria-label="−1: the step before" disabled={at === 0} onClick={() => setAt(at - 1)}>
            −1
          </button>
          <input type="range" aria-label="step of the arithmetic" min={0} max={last} value={at} aria-valuetext={`step ${at + 1} of ${steps.length}, so far ${decimalOf(row.result)}`} onChange={({ target }) => setAt(Number(target.value))} />
          <button type="button" aria-label="+1: the step after" disabled={at === last} onClick={() => setAt(at + 1)}>
            +1
          </button>
          <button type="button" disabled={at === last} onClick={() => setAt(last)}>
            To the end
          </button>
        </div>
      </div>
      {shown.length > 0 && (
        <div className="planes">
          {shown.map((input) => (
            <PlaneView key={input.input} input={input} name={names.get(input.input)} current={row.places?.find((place) => place?.input === input.input)?.coordinates} />
          ))}
        </div>
      )}
      <Comparison element={element} />
      {element.stages.map((each) => (
        <details key={each.title}>
          <summary>
            {each.title}: {each.count === 1 ? "the one step" : `all ${each.count.toLocaleString("en")} steps`} as a table
          </summary>
          <RowTable stage={each} inputs={element.inputs} />
        </details>
      ))}
    </>
  );
}
