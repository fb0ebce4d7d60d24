import type { TensorSpec } from "../../../../../core/tensor/tensor.ts";
import type { CardHints } from "../../../data/card.ts";
import { tensorsIn } from "../../../ui/tensor/numbers.ts";
import { TensorView } from "../../../ui/tensor/tensorView.tsx";

interface OutputsProps {
  readonly specs: readonly TensorSpec[];
  readonly bytes: Uint8Array;
  readonly labels: CardHints["labels"];
}

/** The outputs of a run. */
export function Outputs({ specs, bytes, labels }: OutputsProps) {
  const tensors = tensorsIn(specs, bytes);
  if (tensors === undefined) return <p className="notice bad">The output has {bytes.length} bytes, which is no output of the model.</p>;
  return tensors.map((tensor) => <TensorView key={tensor.spec.name} tensor={tensor} labels={labels[tensor.spec.name]} isOutput />);
}
