/** The contracts that hold money or decide over it. */
export const TARGETS = "contracts/{jobs,staking,dispute,merkle}/*.sol";
/** The tests that must notice whatever happens to them. */
export const TESTS = "test/solidity/{jobs,staking,dispute,merkle,attacks,token}/**/*.t.sol";
