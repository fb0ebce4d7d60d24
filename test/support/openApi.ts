/** As much of an OpenAPI document and of JSON Schema as the API of the index uses. */
export interface Shape {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Shape;
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, { readonly get: { readonly operationId: string; readonly responses: Readonly<Record<number, { readonly content: Readonly<Record<string, { readonly schema: Shape } | undefined>> }>> } }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Shape>> };
}

const typeOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
};

/** Where a value is not as a schema of the document says; empty if it is. */
export function misfits(document: OpenApi, shape: Shape, value: unknown, at: string): string[] {
  if (shape.$ref !== undefined) {
    const name = shape.$ref.replace("#/components/schemas/", "");
    const named = document.components.schemas[name];
    return named === undefined ? [`${at}: the document has no ${shape.$ref}`] : misfits(document, named, value, at);
  }
  if (shape.enum !== undefined && !shape.enum.includes(value)) return [`${at}: ${JSON.stringify(value)} is none of the values`];
  if (shape.type !== undefined && ![shape.type].flat().includes(typeOf(value))) return [`${at}: ${typeOf(value)} is not ${String(shape.type)}`];
  if (Array.isArray(value)) return value.flatMap((item, i) => misfits(document, shape.items ?? {}, item, `${at}[${i}]`));
  if (typeOf(value) !== "object") return [];
  const { properties = {}, required = [], additionalProperties = true } = shape;
  const fields = Object.entries(value as object).filter(([, field]) => field !== undefined);
  return [
    ...required.filter((name) => !fields.some(([field]) => field === name)).map((name) => `${at}.${name} is missing`),
    ...fields.flatMap(([name, field]) => {
      if (properties[name] !== undefined) return misfits(document, properties[name], field, `${at}.${name}`);
      return additionalProperties ? [] : [`${at}.${name} is not in the document`];
    }),
  ];
}
