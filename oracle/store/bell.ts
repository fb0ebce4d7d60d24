/** Wakes the one who waits for it, or who comes to wait next if nobody does. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Until it rings, the time is over or the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", resolve as () => void, { once: true });
        if (ms !== Infinity) timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
      signal.removeEventListener("abort", this.#wake as () => void);
    }
    this.#wake = undefined;
    this.#rung = false;
  }
}
