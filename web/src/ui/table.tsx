import type { ReactNode } from "react";

export interface Column<T> {
  readonly name: string;
  readonly of: (item: T) => ReactNode;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
}

interface TableProps<T> {
  readonly title: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** What is said where there are no items. */
  readonly none: string;
}

/** A table; on a narrow page each row is a card of its own. */
export function Table<T>({ title, columns, items, keyOf, none }: TableProps<T>) {
  if (items.length === 0) return <p className="none">{none}</p>;
  return (
    <table aria-label={title}>
      <thead>
        <tr>
          {columns.map(({ name, isNumber }) => (
            <th key={name} scope="col" className={isNumber === true ? "number" : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)}>
            {columns.map(({ name, of, isNumber }) => (
              <td key={name} data-name={name} className={isNumber === true ? "number" : undefined}>
                {of(item)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
