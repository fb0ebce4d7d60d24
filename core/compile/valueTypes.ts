/** Element type and shape of every value; a dimension that is not known is a text. */
export type ValueTypes = ReadonlyMap<string, { readonly dtype: number; readonly dims: readonly (number | string)[] }>;
