/** Controls, and marks that turn the direction of the text after them or take up no room: with them a text reads as another one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** A text that somebody published, as one may show it: a line of visible characters. @param most characters */
export const visible = (text: string, most: number): string => shortened(text.slice(0, most + 1).replace(/\s+/g, " ").replace(UNSEEN, "\uFFFD"), most);

export const shortened = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most)}…`);
