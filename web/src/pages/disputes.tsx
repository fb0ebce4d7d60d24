export const Disputes = () => <h1>Disputes</h1>;
