import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { useSite } from "../site.ts";

/** Finds what an id or an address stands for, and goes there. */
export function Finder() {
  const { history } = useSite();
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [isMissing, setMissing] = useState(false);

  async function find(event: FormEvent): Promise<void> {
    event.preventDefault();
    const place = await placeOf(text.trim().toLowerCase());
    setMissing(place === undefined);
    if (place === undefined) return;
    setText("");
    go(place);
  }

  async function placeOf(id: string): Promise<string | undefined> {
    if (/^[1-9]\d{0,77}$/.test(id)) return (await history.model(id)) === undefined ? undefined : `/models/${id}`;
    if (!/^0x[0-9a-f]{1,64}$/.test(id)) return undefined;
    if (id.length === 66) {
      const version = await history.version(id as `0x${string}`);
      return version && `/models/${version.model}/${version.id}`;
    }
    if (id.length === 42 && (await history.operator(id as `0x${string}`)) !== undefined) return `/operators/${id}`;
    return (await history.job(id)) === undefined ? undefined : `/jobs/${id}`;
  }

  return (
    <form role="search" className="finder" onSubmit={(event) => void find(event)}>
      <input
        type="search"
        aria-label="Find a job, a version, a model or an operator by its id"
        aria-invalid={isMissing}
        placeholder="Job, version, model, operator"
        value={text}
        spellCheck={false}
        onChange={(event) => (setText(event.target.value), setMissing(false))}
      />
      <span role="status">{isMissing && "nothing in this deployment has that id"}</span>
    </form>
  );
}
