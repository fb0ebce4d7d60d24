export const Operator = ({ address }: { readonly address: string }) => <h1>Operator {address}</h1>;
