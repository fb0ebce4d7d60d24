/** Lowerings of the runtime's own operators. */
export { biasGelu, erfGelu as gelu, fastGelu, quickGelu } from "./activations.ts";
export { attention, multiHeadAttention, quantisedAttention } from "./attention.ts";
export { pairwiseDistances } from "./distances.ts";
export { dynamicQuantizeLSTM } from "./dynamicQuantizeLSTM.ts";
export { embedLayerNormalization } from "./embedLayerNormalization.ts";
export { groupQueryAttention } from "./groupQueryAttention.ts";
export { fusedConv, fusedGemm, fusedMatMul } from "./products.ts";
export { matMulNBits } from "./matMulNBits.ts";
export { dynamicQuantizeMatMul, matMulIntegerToFloat, qGemm, quantisedOperators } from "./quantised.ts";
export { rotaryEmbedding } from "./rotaryEmbedding.ts";
export { skipLayerNormalization, skipSimplifiedLayerNormalization } from "./skipNormalization.ts";
