/** The text of a document with every part of `parts` between `<!-- NAME -->` and `<!-- /NAME -->`. Throws on a mark that is missing. */
export function filledIn(document: string, text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((whole, [name, part]) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [start, end] = [whole.indexOf(open), whole.indexOf(close)];
    if (start < 0 || end < start) throw new Error(`${document} lacks the marks of "${name}"`);
    return `${whole.slice(0, start + open.length)}\n\n${part}\n\n${whole.slice(end)}`;
  }, text);
}
