/** The same text in memory of its own: a slice keeps the whole head alive that it was cut from, which what is kept for long must not. One character per byte. */
export function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
