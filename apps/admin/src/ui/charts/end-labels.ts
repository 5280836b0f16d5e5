/** Heights of names beside the ends of their lines, moved apart so that none covers another. Order stays; all stay within 0 and `height`. */
export function spreadLabels(heights: readonly number[], room: { label: number; height: number }): number[] {
  const order = heights.map((height, index) => ({ height, index })).sort((a, b) => a.height - b.height)
  let floor = 0
  for (const entry of order) {
    entry.height = Math.max(entry.height, floor)
    floor = entry.height + room.label
  }
  let ceiling = room.height
  for (const entry of order.toReversed()) {
    entry.height = Math.min(entry.height, ceiling)
    ceiling = entry.height - room.label
  }
  return order.sort((a, b) => a.index - b.index).map(({ height }) => height)
}
