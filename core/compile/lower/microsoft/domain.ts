/** The domain of the runtime's own operators, which its optimisers and exporters write. */
export const MICROSOFT = "com.microsoft";
