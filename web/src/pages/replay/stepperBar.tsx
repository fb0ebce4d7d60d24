import { useEffect, useRef } from "react";
import type { Chapter } from "./chapters.ts";
import type { Stepper } from "./useStepper.ts";

/** The story's chapters as buttons, with what moves through them. */
export function StepperBar({ chapters, stepper }: { readonly chapters: readonly Chapter[]; readonly stepper: Stepper }) {
  const { at, isPlaying, isFirst, isLast, go, next, previous, togglePlay } = stepper;
  const steps = useRef<HTMLOListElement>(null);
  useEffect(() => {
    // Within the list alone: the page stays where it is.
    const [list, step] = [steps.current!, steps.current!.children[at] as HTMLElement];
    list.scrollTo({ left: step.offsetLeft - (list.clientWidth - step.offsetWidth) / 2 });
  }, [at]);
  return (
    <div className="story-bar" role="group" aria-label="Steps of the story">
      <ol className="story-steps" ref={steps}>
        {chapters.map(({ name, short }, i) => (
          <li key={name} className={i < at ? "done" : ""}>
            <button type="button" aria-current={i === at ? "step" : undefined} onClick={() => go(i)}>
              <span className="story-dot" aria-hidden="true">
                {i + 1}
              </span>
              {short}
            </button>
          </li>
        ))}
      </ol>
      <div className="story-moves">
        <button type="button" disabled={isFirst} onClick={previous} title="also the left arrow key">
          ← Back
        </button>
        <button type="button" onClick={togglePlay} aria-pressed={isPlaying}>
          {isPlaying ? "❚❚ Pause" : "▶ Play"}
        </button>
        <button type="button" className="primary" disabled={isLast} onClick={next} title="also the right arrow key">
          Next →
        </button>
      </div>
    </div>
  );
}
