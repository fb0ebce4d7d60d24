import type { Score } from "./numbers.ts";

interface ScoresProps {
  readonly of: readonly Score[];
  readonly name: string;
  /** Smaller ones that are not listed. */
  readonly rest: number;
}

/** Scores with bars; the greatest is marked. */
export const Scores = ({ of, name, rest }: ScoresProps) => (
  <>
    <div className="numbers" tabIndex={0} role="region" aria-label={`numbers of ${name}`}>
      <table className="grid scores" aria-label={name}>
        <tbody>
          {of.map(({ label, value, isGreatest, from, length }, i) => (
            <tr key={i} className={isGreatest ? "greatest" : undefined}>
              <th scope="row">{label}</th>
              <td className="number">{value}</td>
              <td className="bar">
                <span style={{ marginLeft: `${100 * from}%`, width: `${100 * length}%` }} />
              </td>
              <td className="mark">{isGreatest && "greatest"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    {rest > 0 && <p className="none">… and {rest.toLocaleString("en")} that are smaller</p>}
  </>
);
