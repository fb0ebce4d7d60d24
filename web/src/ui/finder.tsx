import { useRef, useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { explained } from "../fault.ts";
import { useSite } from "../site.ts";

/** Finds what an id or an address stands for, and goes there. */
export function Finder() {
  const { history } = useSite();
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  /** What was looked for last: an answer that comes later is of no use. */
  const wanted = useRef("");

  async function find(event: FormEvent): Promise<void> {
    event.preventDefault();
    const id = (wanted.current = text.trim().toLowerCase());
    try {
      const place = await placeOf(id);
      if (wanted.current !== id) return;
      setFault(place === undefined ? "nothing in this deployment has that id" : "");
      if (place === undefined) return;
      setText("");
      go(place);
    } catch (error) {
      if (wanted.current === id) setFault(explained(error).message);
    }
  }

  function write(next: string): void {
    wanted.current = "";
    setText(next);
    setFault("");
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
        aria-invalid={fault !== ""}
        placeholder="Job, version, model, operator"
        value={text}
        spellCheck={false}
        onChange={(event) => write(event.target.value)}
      />
      <span role="status">{fault}</span>
    </form>
  );
}
