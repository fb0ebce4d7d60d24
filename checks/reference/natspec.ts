/** NatSpec comments, with their line breaks and lists: solc's devdoc and its syntax tree have lost both. */

export interface NatSpec {
  readonly title?: string;
  /** `@notice`, and text without a tag. */
  readonly notice: string;
  /** `@dev`. */
  readonly dev: string;
  /** By the parameters' names. */
  readonly params: ReadonlyMap<string, string>;
  /** In the order of the values. */
  readonly returns: readonly string[];
  /** The contract whose comment stands for this one. */
  readonly inherited?: string;
}

export const NO_COMMENT: NatSpec = { notice: "", dev: "", params: new Map(), returns: [] };

export const saysNothing = ({ notice, dev }: NatSpec): boolean => notice === "" && dev === "";

/** The text of a comment without what makes it one. */
const textOf = (comment: string): string =>
  comment.startsWith("///")
    ? comment.replaceAll(/^[ \t]*\/\/\/ ?/gm, "")
    : comment.replaceAll(/^\/\*\*[ \t]?|[ \t]*\*\/$/g, "").replaceAll(/^[ \t]*\* ?/gm, "");

/** A comment's parts by their tags; text before the first tag is a notice. */
function partsOf(comment: string): (readonly [tag: string, text: string])[] {
  const [first, ...rest] = textOf(comment).split(/^[ \t]*@(?=[a-z])/m);
  return [["notice", first.trim()] as const, ...rest.map((part) => {
    const [, tag, text] = /^([a-z:-]+)\s*([^]*)$/.exec(part)!;
    return [tag, text.trimEnd()] as const;
  })].filter(([, text]) => text !== "");
}

/** @param comment as it stands in the source, from its first `/` on */
export function parseNatSpec(comment: string): NatSpec {
  const parts = partsOf(comment);
  const all = (tag: string): string[] => parts.filter(([each]) => each === tag).map(([, text]) => text);
  const [title] = all("title");
  const [inherited] = all("inheritdoc");
  return {
    ...(title !== undefined && { title }),
    ...(inherited !== undefined && { inherited }),
    notice: all("notice").join("\n\n"),
    dev: all("dev").join("\n\n"),
    params: new Map(all("param").map((text) => {
      const [, name, says] = /^(\S+)\s*([^]*)$/.exec(text)!;
      return [name, says] as const;
    })),
    returns: all("return"),
  };
}
