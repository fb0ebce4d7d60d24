import { useRef, useState } from "react";
import { Failure } from "../ui/states.tsx";
import { short } from "../ui/ids.tsx";
import { useWallet } from "./wallet.tsx";
import type { Choice } from "./providers.ts";

/** Says who is connected, and lets one choose. */
export function WalletButton() {
  const { account, choices, connect, disconnect } = useWallet();
  const dialog = useRef<HTMLDialogElement>(null);
  const [fault, setFault] = useState<unknown>();

  async function choose(choice: Choice): Promise<void> {
    setFault(undefined);
    try {
      await connect(choice);
      dialog.current?.close();
    } catch (error) {
      setFault(error);
    }
  }

  return (
    <>
      <button type="button" className="wallet" onClick={() => (setFault(undefined), dialog.current?.showModal())}>
        {account === undefined ? "Connect" : short(account.address)}
      </button>
      <dialog ref={dialog} aria-label="Who signs">
        <h2>Who signs</h2>
        {account !== undefined && (
          <p>
            {account.name} <code>{account.address}</code>{" "}
            <button type="button" onClick={disconnect}>
              Disconnect
            </button>
          </p>
        )}
        <ul className="choices">
          {choices.map((choice) => (
            <li key={choice.id}>
              <button type="button" onClick={() => void choose(choice)}>
                {choice.kind === "wallet" && choice.icon !== undefined && <img src={choice.icon} alt="" width="20" height="20" />}
                {choice.name} {choice.kind === "devnet" && <small>test account {short(choice.address)}</small>}
              </button>
            </li>
          ))}
        </ul>
        {choices.length === 0 && <p>No wallet announces itself to this page. Install one in this browser; to look around, none is needed.</p>}
        {fault !== undefined && <Failure of={fault} />}
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
