/** The domain of classical machine learning: trees, linear models, support vector machines, and what prepares their inputs. */
export const ML = "ai.onnx.ml";
