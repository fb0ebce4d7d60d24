import type { UseQueryResult } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { Hex } from "../../../../../core/hex.ts";
import type { IndexedVersion } from "../../../../../core/history/types.ts";
import type { NamedSpecs } from "../../../../../sdk/index.ts";
import { imageOf, type CardHints } from "../../../data/card.ts";
import { explained } from "../../../fault.ts";
import type { OpenedModel } from "../../../model/useRebuilt.ts";
import { Amount } from "../../../ui/amount.tsx";
import { inOpg } from "../../../ui/opg.ts";
import { Card } from "../../../ui/facts.tsx";
import { lengthOf } from "../../../ui/seconds.ts";
import { useWallet } from "../../../wallet/wallet.tsx";
import { specsOf } from "../../../data/specs.ts";
import { AsCode } from "./asCode.tsx";
import { EMPTY, isEmpty, type Draft } from "./draft.ts";
import { Followed } from "./followed.tsx";
import { Funds } from "./funds.tsx";
import { givenBy, tensorsOf, wholeInput } from "./given.ts";
import { InputField } from "./inputField.tsx";
import { Preview } from "./preview.tsx";
import "./run.css";
import { DEFAULT_TERMS, termsOf, type Terms } from "./terms.ts";
import { TermsFields } from "./termsFields.tsx";
import { useAsk } from "./useAsk.ts";

interface RunFormProps {
  readonly version: IndexedVersion;
  readonly rebuilt: UseQueryResult<OpenedModel>;
  readonly hints: CardHints;
}

/** A form that runs a version: here for nothing, or by an operator for a fee. */
export function RunForm({ version, rebuilt, hints }: RunFormProps) {
  const specs = specsOf(version.header, rebuilt.data?.specs);
  if (specs === undefined) return null;
  return (
    <Card title="Run it">
      <Fields version={version} rebuilt={rebuilt} hints={hints} specs={specs} />
    </Card>
  );
}

function Fields({ version, rebuilt, hints, specs }: RunFormProps & { readonly specs: NamedSpecs }) {
  const { account } = useWallet();
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => specs.inputs.map(() => EMPTY));
  const [draftTerms, setTerms] = useState(DEFAULT_TERMS);
  const [asking, ask] = useAsk();
  const given = specs.inputs.map((spec, i) => givenBy(spec, drafts[i]));
  const input = wholeInput(given);
  const { terms, fault } = attempt(() => termsOf(draftTerms, { price: BigInt(version.price), minBond: BigInt(version.minBond), minWindow: version.minWindow }));
  const waiting = specs.inputs.find((_, i) => given[i].bytes === undefined);
  const tensors = tensorsOf(specs.inputs, given);
  const missing =
    version.isDeprecated ? "This version takes no jobs any more"
    : waiting !== undefined ? `Give ${isEmpty(drafts[specs.inputs.indexOf(waiting)]) ? "" : "right "}numbers for ${waiting.name} first`
    : terms === undefined ? "Correct the terms first"
    : account === undefined ? "Connect an account first, at the top"
    : asking.kind === "sending" ? "Asking …"
    : undefined;

  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (missing !== undefined) return;
    void ask({ client: account!.client, version: version.id as Hex, values: tensors.map((tensor) => tensor!.data), terms: terms!, named: rebuilt.data?.specs });
  };

  return (
    <form className="run-form" onSubmit={onSubmit}>
      {specs.inputs.map((spec, i) => (
        <InputField
          key={i}
          spec={spec}
          hint={imageOf(hints, spec.name, specs.inputs.length)}
          draft={drafts[i]}
          given={given[i]}
          onDraft={(draft) => setDrafts((before) => before.with(i, draft))}
        />
      ))}
      <details className="terms">
        <summary>Terms: {terms === undefined ? "not right yet" : summary(terms)}</summary>
        <TermsFields version={version} terms={draftTerms} onTerms={setTerms} />
      </details>
      <p role="status" className="problem">
        {fault !== undefined && `${explained(fault).message}: ${explained(fault).remedy}`}
      </p>
      {account !== undefined && terms !== undefined && <Funds account={account} fee={terms.fee} />}
      <div className="run-actions">
        <button type="submit" className="primary" disabled={missing !== undefined}>
          {missing ?? (
            <>
              Ask for it, for <Amount of={terms!.fee} />
            </>
          )}
        </button>
        <Preview rebuilt={rebuilt} input={input} hints={hints} />
      </div>
      <Followed asking={asking} specs={specs} hints={hints} />
      {terms !== undefined && <AsCode wish={{ version: version.id, specs: specs.inputs, inputs: tensors, terms }} input={input} />}
    </form>
  );
}

const summary = ({ fee, bond, window, operator }: Terms): string =>
  `fee ${inOpg(fee)} OPG, bond ${inOpg(bond)} OPG, window ${lengthOf(window)}, ${operator === undefined ? "any operator" : "one operator"}`;

function attempt(read: () => Terms): { readonly terms?: Terms; readonly fault?: unknown } {
  try {
    return { terms: read() };
  } catch (fault) {
    return { fault };
  }
}
