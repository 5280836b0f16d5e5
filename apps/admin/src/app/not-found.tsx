import Link from 'next/link'

export default function NotFound() {
  return (
    <main className="emp">
      <h1>There is no such page</h1>
      <p>The address may be mistyped, or what it showed was deleted.</p>
      <Link className="btn" href="/">
        Open the overview
      </Link>
    </main>
  )
}
