/** The same object with some methods replaced. */
export function withMethods<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get: (_, key) => {
      if (key in replaced) return Reflect.get(replaced, key) as unknown;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The same object; how each of its promises settled is reported, by the name of the method. So with objects inside it. */
export function observed<T extends object>(target: T, report: (method: string, failed: boolean) => void): T {
  return new Proxy(target, {
    get: (_, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value === "object" && value !== null) return observed(value, report);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        if (result instanceof Promise) {
          result.then(
            () => report(String(key), false),
            () => report(String(key), true),
          );
        }
        return result;
      };
    },
  });
}
