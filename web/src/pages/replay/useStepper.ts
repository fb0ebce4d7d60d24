import { useCallback, useEffect, useMemo, useState } from "react";

/** Where somebody is in a story, and how it goes on. */
export interface Stepper {
  readonly at: number;
  readonly isPlaying: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  go(to: number): void;
  next(): void;
  previous(): void;
  togglePlay(): void;
}

/** Keys are left alone where they mean something else. */
const OWN_KEYS = "input, select, textarea, dialog, .graph-picture, [role=region]";

/**
 * Steps through chapters, by buttons and by the arrow keys. A chapter that plays itself says when it is over: by `next`. Where new ones
 * come in, somebody stays in the one that is being read.
 * @param names of all chapters, joined by commas
 */
export function useStepper(names: string): Stepper {
  const chapters = useMemo(() => names.split(","), [names]);
  const [wanted, setWanted] = useState(chapters[0]);
  const [isPlaying, setPlaying] = useState(false);
  const at = Math.max(0, chapters.indexOf(wanted));
  const isLast = at === chapters.length - 1;
  const go = useCallback((to: number) => setWanted(chapters[Math.max(0, Math.min(chapters.length - 1, to))]), [chapters]);
  const next = useCallback(() => go(at + 1), [go, at]);
  const previous = useCallback(() => go(at - 1), [go, at]);
  useEffect(() => {
    if (isLast) setPlaying(false);
  }, [isLast]);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const isOurs = !event.altKey && !event.ctrlKey && !event.metaKey && (event.target as Element).closest(OWN_KEYS) === null;
      if (!isOurs || (event.key !== "ArrowRight" && event.key !== "ArrowLeft")) return;
      event.preventDefault();
      if (event.key === "ArrowRight") next();
      else previous();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [next, previous]);
  const togglePlay = (): void => {
    if (isLast && !isPlaying) go(0);
    setPlaying(!isPlaying);
  };
  return { at, isPlaying, isFirst: at === 0, isLast, go, next, previous, togglePlay };
}

/** Whether somebody asked their system for less movement. */
export const prefersStillness = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Goes on after a while, as long as the story plays. @param milliseconds undefined where the chapter itself says when it is over */
export function useGoingOn({ isPlaying, next, at }: Stepper, milliseconds: number | undefined): void {
  useEffect(() => {
    if (!isPlaying || milliseconds === undefined) return undefined;
    const timer = setTimeout(next, milliseconds);
    return () => clearTimeout(timer);
  }, [isPlaying, next, at, milliseconds]);
}
