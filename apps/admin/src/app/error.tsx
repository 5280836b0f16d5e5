'use client'

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="emp">
      <h1>This page could not be shown</h1>
      <p role="alert">{error.message === '' ? 'The dashboard met a defect of its own.' : error.message} Traffic is not affected.</p>
      <button type="button" className="btn primary" onClick={reset}>
        Try again
      </button>
    </main>
  )
}
