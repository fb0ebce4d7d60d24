import { buildModule } from "@nomicfoundation/ignition-core";

/** OPG for a network that has none yet. */
export default buildModule("Token", (m) => {
  const holder = m.getParameter("holder", m.getAccount(0));
  return { opg: m.contract("OPG", [holder]) };
});
