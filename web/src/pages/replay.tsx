export const Replay = ({ id }: { readonly id: string }) => <h1>Dispute of job {id}</h1>;
