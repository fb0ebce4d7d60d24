import type { Program } from "../program/types.ts";
import { placeDepths, placeName, type Place } from "./places.ts";

/** How much may be demanded now. */
interface Asking {
  readonly program: Program;
  /** Names of the places that wait for an answer. */
  readonly pending: ReadonlySet<string>;
  /** How many places may be demanded now. */
  readonly free: number;
}

/** Collects places to demand now: each once, in the order in which they are added, and no more than may be demanded. */
export class Demands {
  readonly places: Place[] = [];
  /** How many of the added places were demanded before and wait for an answer. */
  awaited = 0;
  readonly #game: Asking;
  readonly #depth: (tensor: number) => number;
  readonly #names = new Set<string>();

  constructor(game: Asking, places: Iterable<Place>) {
    this.#game = game;
    this.#depth = placeDepths(game.program);
    this.add(places);
  }

  /** False when no place is left. */
  add(places: Iterable<Place>): boolean {
    for (const place of places) {
      const name = placeName(place, this.#depth(place.tensor));
      if (this.#names.has(name)) continue;
      if (this.#game.pending.has(name)) {
        this.#names.add(name);
        this.awaited++;
        continue;
      }
      if (this.places.length >= this.#game.free) return false;
      this.#names.add(name);
      this.places.push(place);
    }
    return this.places.length < this.#game.free;
  }

  move(): { readonly kind: "wait" } | { readonly kind: "demand"; readonly places: readonly Place[] } {
    return this.places.length === 0 ? { kind: "wait" } : { kind: "demand", places: this.places };
  }
}
