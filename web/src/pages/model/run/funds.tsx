import { useQuery } from "@tanstack/react-query";
import { Amount } from "../../../ui/amount.tsx";
import type { Account } from "../../../wallet/wallet.tsx";

/** What the account can pay with, and what this request takes of it. @param fee base units of OPG */
export function Funds({ account, fee }: { readonly account: Account; readonly fee: bigint }) {
  const { client, address } = account;
  const { data } = useQuery({
    // Under "history": what an account holds changes with what happens.
    queryKey: ["history", "funds", address],
    queryFn: async () => {
      const { opg } = client.contracts;
      const [prepaid, owned, allowance] = await Promise.all([client.balance(), opg.balanceOf(address), opg.allowance(address, client.deployment.jobs)]);
      return { prepaid, owned, allowance };
    },
  });
  if (data === undefined) return <p className="none">Reading what {account.name} holds …</p>;
  const lacking = fee > data.prepaid ? fee - data.prepaid : 0n;
  return (
    <p className="funds">
      {account.name} has <Amount of={data.prepaid} /> prepaid, and holds <Amount of={data.owned} />.{" "}
      {lacking === 0n ? (
        "The fee is taken of what is prepaid: one transaction."
      ) : lacking > data.owned ? (
        <strong>
          It lacks <Amount of={lacking - data.owned} />.
        </strong>
      ) : (
        <>
          <Amount of={lacking} /> are paid in first{data.allowance >= lacking ? ", which is approved already" : ""}.
        </>
      )}
    </p>
  );
}
