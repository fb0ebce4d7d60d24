/** How much is tried: everything in `npm run test:deep`, enough to notice in `npm test`. */
export const deep = process.env.OPG_TEST_PROFILE === "deep";

/** Random cases of each operator: so many, or as many as are asked for. */
export const casesEach = (usual: number): number => Number(process.env.OPG_FUZZ ?? (deep ? 1_500 : usual));
