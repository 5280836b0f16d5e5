/** Which option is chosen after a key, -1 for none; null where the key does not move. The ends join. */
export function activeAfterKey(key: string, active: number, count: number): number | null {
  if (count === 0) return null
  switch (key) {
    case 'ArrowDown':
      return active >= count - 1 ? 0 : active + 1
    case 'ArrowUp':
      return active <= 0 ? count - 1 : active - 1
    case 'PageDown':
      return count - 1
    case 'PageUp':
      return 0
    default:
      return null
  }
}
