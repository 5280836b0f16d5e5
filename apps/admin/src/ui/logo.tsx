/** Five slats, one of them moving. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="var(--ink)" />
      <rect x="5" y="5" width="2.5" height="14" rx="1.25" fill="var(--on-ink)" />
      <rect x="9.17" y="5" width="2.5" height="6" rx="1.25" fill="var(--on-ink)" />
      <rect x="9.17" y="13.5" width="2.5" height="5.5" rx="1.25" fill="var(--accent)" />
      <rect x="13.33" y="5" width="2.5" height="14" rx="1.25" fill="var(--on-ink)" />
      <rect x="17.5" y="5" width="2.5" height="14" rx="1.25" fill="var(--on-ink)" opacity=".5" />
    </svg>
  )
}
