/** Chains that people start on their own machine; a block there is final once it exists. */
const DEVELOPMENT_CHAINS = [1337, 31337];

export const isDevelopmentChain = (chainId: number): boolean => DEVELOPMENT_CHAINS.includes(chainId);
