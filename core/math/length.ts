/** Twin of contracts/math/Length.sol: no bound is defined for so many operands. */
export class LengthNotJudged extends RangeError {
  constructor(length: number, most: number) {
    super(`a reduction of ${length} operands is not judged, at most ${most} are`);
    this.name = "LengthNotJudged";
  }
}

/** No bound is defined for a row with such an attribute. */
export class AttributeNotJudged extends RangeError {
  constructor(value: number) {
    super(`an attribute of ${value} is not judged`);
    this.name = "AttributeNotJudged";
  }
}

// INVARIANT: what is not defined is refused. A verdict would free the element, or convict an honest run.
export function requireAtMost(most: number, length: number): void {
  if (length > most) throw new LengthNotJudged(length, most);
}

/** More products than any proof shows, within all the transactions that it may take. */
export const LONGEST_DOT = 2 ** 22;

/** The longest reductions that a bound is defined for. */
export const LONGEST_MEAN = 2 ** 22;
export const LONGEST_SOFTMAX = 2 ** 20;
export const LONGEST_LAYER = 2 ** 13;
