import { decimalOf, hexOf, typeName, type Figure } from "../../replay/figures.ts";

/** A number in decimal, with its bits in hex below. */
export const FigureView = ({ of }: { readonly of: Figure }) => (
  <span className="figure" title={typeName(of)}>
    <strong>{decimalOf(of)}</strong>
    {hexOf(of) !== undefined && <code>{hexOf(of)}</code>}
  </span>
);
