export const Job = ({ id }: { readonly id: string }) => <h1>Job {id}</h1>;
