import { inOpg } from "./opg.ts";

/** An amount of OPG, given in base units. */
export const Amount = ({ of }: { readonly of: bigint | string }) => (
  <span className="amount" title={`${String(of)} base units`}>
    {inOpg(of)} <small>OPG</small>
  </span>
);
