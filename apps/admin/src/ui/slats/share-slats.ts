/** Which of `count` slats are filled at a share in per cent: from the left, and one at least as soon as there is any share. */
export function filledSlats(share: number, count: number): number {
  if (!(share > 0)) return 0
  return Math.min(count, Math.max(1, Math.round((share / 100) * count)))
}
