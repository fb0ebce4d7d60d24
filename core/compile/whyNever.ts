/** Why no program has an operator, whatever becomes of the list of those that it has, and what to do instead. */
const WHY: readonly (readonly [why: string, operators: string])[] = [
  ["the size of its output depends on the data, and every tensor of a program has one size: leave it, and what follows from it, to whoever reads the result", "NonZero NonMaxSuppression Unique"],
  ["its result is another in every run, so that nobody could check it: give the random numbers as an input", "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike"],
  ["it works on text, and the tensors of a program hold numbers: do it before the model is run, and give numbers as an input", "RegexFullMatch StringConcat StringNormalizer StringSplit"],
  ["what it makes depends on its inputs alone, and they must be known when the model is compiled: export the model with them as constants", "Range ConstantOfShape HannWindow HammingWindow BlackmanWindow MelWeightMatrix"],
  ["it reads the file of an image: read it before the model is run, and give its pixels as an input", "ImageDecoder"],
];

const REASONS: ReadonlyMap<string, string> = new Map(WHY.flatMap(([why, operators]) => operators.split(" ").map((op) => [op, why] as const)));

/** Why no program has that operator of the standard; undefined where there is no reason but that nobody has added it. */
export const whyNever = (op: string): string | undefined => REASONS.get(op);
