/** How much is tried: everything in `npm run test:deep`, enough to notice in `npm test`. */
export const deep = process.env.OPG_TEST_PROFILE === "deep";

/** Random cases of an operator against onnxruntime and its contract. */
export const CASES = deep ? 1_000 : 250;
