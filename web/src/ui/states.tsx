import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { explained } from "../fault.ts";

export function Loading({ what, progress }: { readonly what: string; readonly progress?: readonly [done: number, all: number] }) {
  return (
    <p role="status" className="loading">
      Reading {what} …{" "}
      {progress !== undefined && (
        <progress value={progress[0]} max={progress[1]}>
          {progress[0]} of {progress[1]}
        </progress>
      )}
    </p>
  );
}

export function Failure({ of }: { readonly of: unknown }) {
  const { message, remedy } = explained(of);
  return (
    <div role="alert" className="notice bad">
      <p>{message}</p>
      <p>{remedy}</p>
    </div>
  );
}

/** What a question answers, once it does. @param children of an answer; null is what is not there */
export function Answer<T>({ of, what, children }: { readonly of: UseQueryResult<T>; readonly what: string; readonly children: (answer: NonNullable<T>) => ReactNode }) {
  if (of.data !== undefined && of.data !== null) {
    return (
      <>
        {of.error !== null && <p role="status" className="notice bad">This may be out of date: {explained(of.error).message}</p>}
        {children(of.data)}
      </>
    );
  }
  if (of.isPending) return <Loading what={what} />;
  if (of.error !== null) return <Failure of={of.error} />;
  return <p className="notice">There is no such thing in this deployment: {what}.</p>;
}
