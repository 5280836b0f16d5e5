import type { Issue } from '@sluice/shared/snapshot'
import { isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

/** The control plane takes no longer document. */
export const DOCUMENT_LENGTH_MAX = 16 * 1024 * 1024

export function documentName(workspace: { name: string; revision: number } | null): string {
  return workspace === null ? 'sluice.yaml' : `sluice-${workspace.name}-r${workspace.revision}.yaml`
}

/** JSON is YAML, so this only says what the document looks like. */
export function formatOf(text: string): 'json' | 'yaml' {
  return /^\s*[{[]/.test(text) ? 'json' : 'yaml'
}

/** Why a document is not sent at all, or null. */
export function documentProblem(text: string): string | null {
  if (text.trim() === '') return 'Choose a file, drop one here, or paste the document.'
  if (text.length > DOCUMENT_LENGTH_MAX) return `The document has ${(text.length / 1024 / 1024).toFixed(1)} MiB; ${DOCUMENT_LENGTH_MAX / 1024 / 1024} MiB is the most.`
  return null
}

/** `services[0].routes[2].paths` as the steps to walk. */
function stepsOf(path: string): (string | number)[] {
  return [...path.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part))
}

type Step = string | number

function enter(node: Node, step: Step): { key: Node; value: Node | null } | null {
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step] as Node | undefined
    return item === undefined ? null : { key: item, value: item }
  }
  if (!isMap(node)) return null
  const pair = node.items.find((entry) => isPair(entry) && String((entry.key as Node & { value?: unknown }).value) === String(step))
  return pair === undefined ? null : { key: pair.key as Node, value: pair.value as Node | null }
}

/**
 * The lines, counted from 1, at which issues stand in the document they are about. Where a path leads further than the document, such as
 * to a field that is missing, it is the line of what the field is missing in; null where nothing of the path is there.
 */
export function linesOf(text: string, issues: readonly Issue[]): (number | null)[] {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  return issues.map(({ path }) => {
    const said = /^line (\d+)$/.exec(path)
    if (said !== null) return Number(said[1])
    let node: Node | null = document.contents
    let offset: number | null = null
    for (const step of stepsOf(path)) {
      const entered: { key: Node; value: Node | null } | null = node === null ? null : enter(node, step)
      if (entered === null) break
      offset = entered.key.range?.[0] ?? offset
      node = entered.value
    }
    return offset === null ? null : counter.linePos(offset).line
  })
}
