import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { JobState } from "../../../../core/jobs/state.ts";
import { useNow } from "../../data/clock.tsx";
import { useSite } from "../../site.ts";
import { Id } from "../../ui/ids.tsx";
import { Failure } from "../../ui/states.tsx";
import { lengthOf } from "../../ui/seconds.ts";
import { useWallet } from "../../wallet/wallet.tsx";
import { movesOf, type Move } from "./moves.ts";
import { PassTime } from "./passTime.tsx";

type Sending = { readonly kind: "idle" } | { readonly kind: "pending" } | { readonly kind: "mined"; readonly label: string; readonly hash: string } | { readonly kind: "failed"; readonly fault: unknown };

/** What can be done about a job, now or later, as buttons. */
export function Moves({ state }: { readonly state: JobState }) {
  const { config } = useSite();
  const { account } = useWallet();
  const queries = useQueryClient();
  const now = useNow();
  const [sending, setSending] = useState<Sending>({ kind: "idle" });
  const moves = movesOf(state);

  async function make({ name, label }: Move): Promise<void> {
    const { client } = account!;
    setSending({ kind: "pending" });
    try {
      const { hash } = await (name === "cancel" ? client.cancel(state.job.id) : client.take(state.job.id, name));
      setSending({ kind: "mined", label, hash });
      await queries.invalidateQueries({ queryKey: ["history"] });
    } catch (fault) {
      setSending({ kind: "failed", fault });
    }
  }

  const waiting = moves.map(({ from }) => from).filter((from) => from > now);
  return (
    <>
      {moves.length > 0 && (
        <ul className="moves" aria-label="What can be done">
          {moves.map((move) => (
            <li key={move.name}>
              <button type="button" disabled={refusal(move, now, account?.address) !== undefined || sending.kind === "pending"} aria-describedby={`move-${move.name}`} onClick={() => void make(move)}>
                {move.label}
              </button>
              <span id={`move-${move.name}`}>
                <WhoMay {...move} /> {move.does}. It costs gas and nothing else. <em>{refusal(move, now, account?.address)}</em>
              </span>
            </li>
          ))}
        </ul>
      )}
      <div role="status" className="sending">
        {sending.kind === "pending" && <p>Sent; waits to be signed and mined …</p>}
        {sending.kind === "mined" && (
          <p>
            {sending.label}: mined as <Id of={sending.hash} />
          </p>
        )}
      </div>
      {sending.kind === "failed" && <Failure of={sending.fault} />}
      {config.devnet?.control !== undefined && waiting.length > 0 && <PassTime control={config.devnet.control} until={Math.min(...waiting) - now} />}
    </>
  );
}

const WhoMay = ({ only }: Move) => (only === undefined ? "Anyone may:" : <>Only the requester may:</>);

/** Why a move cannot be made by an account now. */
function refusal({ from, only }: Move, now: number, account: string | undefined): string | undefined {
  if (from > now) return `Possible in ${lengthOf(from - now)}.`;
  if (account === undefined) return "Connect a wallet to send it.";
  return only === undefined || only === account ? undefined : "You are not connected as its requester.";
}
