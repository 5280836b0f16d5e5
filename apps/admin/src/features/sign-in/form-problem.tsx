import { TriangleAlert } from 'lucide-react'

export function FormProblem({ text }: { text: string | null }) {
  if (text === null) return null
  return (
    <p className="note bad" role="alert">
      <TriangleAlert className="i s" aria-hidden="true" />
      <span>{text}</span>
    </p>
  )
}
