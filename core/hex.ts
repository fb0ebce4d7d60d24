/** Bytes as text: 0x and hex digits, in lower case wherever this project makes it. */
export type Hex = `0x${string}`;
