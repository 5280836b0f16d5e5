import { filledSlats } from './share-slats.ts'

const SLATS = Array.from({ length: 20 }, (_, index) => index)

/** A share as a small row of slats, 5 % each. The number stands beside it; the bar is hidden from readers. */
export function ShareBar({ share, isAccent = false }: { share: number; isAccent?: boolean }) {
  const filled = filledSlats(share, SLATS.length)
  return (
    <span className={isAccent ? 'share acc' : 'share'} aria-hidden="true">
      {SLATS.map((index) => (
        <i key={index} className={index < filled ? 'on' : undefined} />
      ))}
    </span>
  )
}
