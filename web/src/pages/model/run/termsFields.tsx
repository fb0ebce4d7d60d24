import { useId } from "react";
import type { IndexedVersion } from "../../../../../core/history/types.ts";
import { useHistory } from "../../../data/useHistory.ts";
import { opgOf, type TermsDraft } from "./terms.ts";

interface TermsFieldsProps {
  readonly version: IndexedVersion;
  readonly terms: TermsDraft;
  readonly onTerms: (terms: TermsDraft) => void;
}

/** What somebody may offer and demand beyond the version's least terms. */
export function TermsFields({ version: { price, minBond, minWindow }, terms, onTerms }: TermsFieldsProps) {
  const list = useId();
  const operators = useHistory(["operators", "to choose"], (history) => history.operators({ limit: 50 }));
  const field = (name: "fee" | "bond" | "window" | "serveWithin" | "operator", label: string, placeholder: string, more: React.InputHTMLAttributes<HTMLInputElement> = { inputMode: "decimal" }) => (
    <label>
      {label}
      <input value={terms[name]} placeholder={placeholder} autoComplete="off" spellCheck={false} {...more} onChange={(event) => onTerms({ ...terms, [name]: event.target.value })} />
    </label>
  );
  return (
    <div className="terms-fields">
      {field("fee", "Fee, OPG", opgOf(BigInt(price)))}
      {field("bond", "Operator's bond, OPG", opgOf(BigInt(minBond)))}
      {field("window", "Challenge window, seconds", String(minWindow), { inputMode: "numeric" })}
      {field("serveWithin", "To be served within, seconds", "300", { inputMode: "numeric" })}
      {field("operator", "Only this operator", "any", { list })}
      <datalist id={list}>
        {operators.data?.items.map(({ address }) => (
          <option key={address} value={address} />
        ))}
      </datalist>
      <label>
        What the prepaid balance lacks
        <select value={terms.funding} onChange={(event) => onTerms({ ...terms, funding: event.target.value as TermsDraft["funding"] })}>
          <option value="permit">by a permit: a signature and a transaction</option>
          <option value="approval">by an approval: two transactions</option>
          <option value="balance">not at all</option>
        </select>
      </label>
    </div>
  );
}
