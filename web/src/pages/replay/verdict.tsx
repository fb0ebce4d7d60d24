import { unanswered } from "../../../../core/jobs/state.ts";
import type { Examination } from "../../replay/examination.ts";
import { Amount } from "../../ui/amount.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Id, OperatorId } from "../../ui/ids.tsx";
import { When } from "../../ui/time.tsx";
import { countsOf } from "./chapters.ts";
import type { DisputeRecord } from "./record.ts";

/** How the dispute ended, who pays and who is paid; of one that goes on, what comes next. */
export function Verdict({ record, found }: { readonly record: DisputeRecord; readonly found: Examination | undefined }) {
  const { status, dispute } = record.state;
  if (dispute?.verdict !== undefined) return <Convicted record={record} found={found} />;
  if (status === "Challenged") return <GoesOn record={record} found={found} />;
  return (
    <>
      <p>Until the end of the dispute nobody showed a number of the run that is wrong. The answer stands, the operator is paid, and it gets the fees that were staked against it.</p>
      {found !== undefined && <OwnView found={found} />}
    </>
  );
}

function Convicted({ record: { job, state, proving }, found }: { readonly record: DisputeRecord; readonly found: Examination | undefined }) {
  const { by, beneficiary, laterBeneficiary, reward, collectableAt, collected } = state.dispute!.verdict!;
  return (
    <>
      <p>
        {by === "proof" ? provedWords(found) : "An operator that cannot or will not show its work is treated like one whose work is wrong."}
      </p>
      <Facts
        of={[
          ["Operator", <OperatorId of={state.claim.operator} />],
          ["It loses", <Amount of={job.dispute?.slashed ?? "0"} />],
          ["The requester has its fee back", <Amount of={job.fee} />],
          ["Reward of who proved it", <Amount of={String(reward)} />],
          ["Goes to", [...new Set([beneficiary, laterBeneficiary])].map((address) => <Id key={address} of={address} />)],
          ["Reward", collected ? "collected" : <>can be collected <When at={collectableAt} /></>],
          ["Transaction", proving && <Id of={proving.conclusion} />],
        ]}
      />
      <p>A part of the bond makes up for the requester's trouble. The rest is burned, so that an operator gains nothing by convicting itself.</p>
      {by === "default" && found !== undefined && <OwnView found={found} />}
    </>
  );
}

function provedWords(found: Examination | undefined): string {
  if (found?.padded !== undefined) return "The operator had put something behind the end of a tensor, where only zeros may stand. That cannot come from a run of the model.";
  const compared = "No vote, no jury: a single wrong bit of a single number is enough, and an honest number can never be convicted.";
  return found?.element?.foundBy === "proof"
    ? `The contract did the arithmetic that you have just seen, got the same result, and compared it with the claim. ${compared}`
    : `The contract computed one number of the run again, and compared it with the claim. ${compared}`;
}

function GoesOn({ record: { state }, found }: { readonly record: DisputeRecord; readonly found: Examination | undefined }) {
  const { opened, openBy, deadline } = state.dispute!;
  const due = unanswered(state.dispute!).map(({ revealBy }) => revealBy);
  return (
    <>
      <p>
        {opened === undefined ? "The operator has to show its work. If it does not in time, it is convicted for that." : "As long as the dispute lasts, one wrong number of the run convicts the operator, whoever shows it. After that the answer stands."} This page follows the
        moves as they come.
      </p>
      <Facts
        of={[
          ["To show its work", opened === undefined ? <When at={openBy} /> : undefined],
          ["To show what was demanded", due.length > 0 ? <When at={Math.min(...due)} /> : undefined],
          ["The dispute ends", <When at={deadline} />],
        ]}
      />
      {found !== undefined && opened !== undefined && <OwnView found={found} />}
    </>
  );
}

/** What this browser's own run says, where the chain said nothing of the numbers. */
function OwnView({ found }: { readonly found: Examination }) {
  const { agreed, differs, follows } = countsOf(found);
  const { marks, outputs } = found;
  if (outputs.some(({ difference }) => difference !== undefined)) return <p className="notice bad">In this browser the answer comes out otherwise: it is wrong.</p>;
  if (agreed === marks.length) return <p className="notice good">In this browser all {agreed.toLocaleString("en")} tensors come out the same: the answer is right.</p>;
  if (differs + follows > 0) return <p className="notice bad">In this browser {differs + follows} of {marks.length} tensors come out otherwise.</p>;
  return null;
}
