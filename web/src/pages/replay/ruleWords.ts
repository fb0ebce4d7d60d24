/** How an element is judged, for somebody who knows no protocol; by the names of rules. */
export const RULE_WORDS: Readonly<Record<string, string>> = {
  equal: "Such a number has exactly one right value, which every computer finds.",
  rounded: "One operation, whose exact result is rounded in one way only: there is one right value.",
  chain: "A sum of products. The rule fixes the order of all additions, and each result is rounded in one way only: there is one right value.",
  gemv: "A sum of products. The rule fixes the order of all additions, and each result is rounded in one way only: there is one right value.",
  kernel: "A function that computers work out by a short list of operations. The rule fixes the list: there is one right value.",
  lanes: "A sum over many numbers. The rule fixes in which order they are added: there is one right value.",
  bound: "Computers may add these numbers in different orders and round differently. The rule permits what such rounding can explain, and nothing beyond.",
};

export const WITHIN_BOUND = "The exact result is computed without any rounding, and with it how far the rounding of an honest computer can lead away from it. What lies beyond is convicted.";
export const ONLY_CHOOSES = "Nothing is added or multiplied here: the number is one of those that it is made from, or follows from them by itself.";
