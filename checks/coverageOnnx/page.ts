/** A page with a part for every folder that was measured: text by hand before them, and each between two marks of its name. */
const OPEN = /<!-- coverage (.+?) -->/g;
const marksOf = (name: string): [open: string, close: string] => [`<!-- coverage ${name} -->`, `<!-- /coverage ${name} -->`];

/** The page with this part in the place of the one of the same name, or behind all others. */
export function withSection(page: string, name: string, part: string): string {
  const [open, close] = marksOf(name);
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  const text = `${open}\n\n## ${name}\n\n${part}\n\n${close}`;
  if (start < 0) return `${page.trimEnd()}\n\n${text}\n`;
  if (end < start) throw new Error(`the page lacks the end of its part "${name}"`);
  return `${page.slice(0, start)}${text}${page.slice(end + close.length)}`;
}

/** The names of the parts of a page. */
export const sectionsOf = (page: string): string[] => [...page.matchAll(OPEN)].map(([, name]) => name);
