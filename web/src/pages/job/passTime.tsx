import { useState } from "react";
import { Fault } from "../../fault.ts";
import { Failure } from "../../ui/states.tsx";
import { lengthOf } from "../../ui/seconds.ts";

const LENGTHS = [60, 600, 3_600];

interface PassTimeProps {
  /** Where the devnet is told what to do. */
  readonly control: string;
  /** Seconds until something is due. */
  readonly until: number;
}

/** Moves the clock of a development chain on. */
export function PassTime({ control, until }: PassTimeProps) {
  const [fault, setFault] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  async function pass(seconds: number): Promise<void> {
    setBusy(true);
    setFault(undefined);
    await askToPass(control, seconds).catch(setFault);
    setBusy(false);
  }

  return (
    <div className="pass-time">
      <span>This is a devnet, whose clock can be moved on:</span>
      <button type="button" disabled={isBusy} onClick={() => void pass(until)}>
        until it is due
      </button>
      {LENGTHS.map((seconds) => (
        <button key={seconds} type="button" disabled={isBusy} onClick={() => void pass(seconds)}>
          + {lengthOf(seconds)}
        </button>
      ))}
      {fault !== undefined && <Failure of={fault} />}
    </div>
  );
}

async function askToPass(control: string, seconds: number): Promise<void> {
  const remedy = "see whether opg devnet still runs";
  const response = await fetch(`${control.replace(/\/$/, "")}/pass`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ seconds }) }).catch((cause: unknown) => {
    throw new Fault("the devnet does not answer", remedy, cause);
  });
  if (!response.ok) throw new Fault(`the devnet let no time pass: status ${response.status}`, remedy);
}
