export const Models = () => <h1>Models</h1>;
