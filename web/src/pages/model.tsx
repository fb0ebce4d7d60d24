export const Model = ({ id }: { readonly id: string; readonly version?: string }) => <h1>Model {id}</h1>;
