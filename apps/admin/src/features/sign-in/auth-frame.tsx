import type { ReactNode } from 'react'
import { Logo } from '../../ui/logo.tsx'

const SLATS = Array.from({ length: 44 }, (_, index) => index)
const MOVING = 15
const PITCH = 16

/** The two halves of a page before a session exists: the form, and the gate of slats with one of them open. */
export function AuthFrame({ children }: { children: ReactNode }) {
  return (
    <div className="si">
      <main className="l">
        <div className="brand">
          <Logo size={28} />
          Sluice
        </div>
        <div className="bx">{children}</div>
        <p className="small i3">Nodes keep serving whether you sign in or not.</p>
      </main>
      <div className="r">
        <svg className="bgs" width="704" height="900" viewBox="0 0 704 900" preserveAspectRatio="xMinYMid slice" aria-hidden="true">
          {SLATS.map((index) => (
            <rect key={index} x={index * PITCH} y="0" width="10" height={index === MOVING ? 430 : 900} rx="3" fill="var(--slat)" opacity={0.3 + index * 0.008} />
          ))}
          <rect x={MOVING * PITCH} y="470" width="10" height="430" rx="3" fill="var(--accent)" />
        </svg>
      </div>
    </div>
  )
}
