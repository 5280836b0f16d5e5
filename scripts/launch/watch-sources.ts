import { watch } from 'node:fs'
import { PORTS } from './ports.ts'
import type { Supervisor } from './supervisor.ts'

/** Editors write a file in several steps; one start is enough for all of them. */
const SETTLE_MS = 300

const NODES = PORTS.nodes.map(({ name }) => name)
const FOLDERS: Record<string, string[]> = {
  'apps/dataplane/src': NODES,
  'apps/admin/src/server': ['control-plane'],
  packages: [...NODES, 'control-plane'],
}

/** For development: starts again what runs on sources that have changed. Next.js reloads the pages by itself. */
export function watchSources(supervisor: Supervisor, say: (text: string) => void): void {
  const waiting = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const restart = () => {
    const names = [...waiting]
    waiting.clear()
    say(`sources changed: starting ${names.join(', ')} again`)
    for (const name of names) void supervisor.restart(name)
  }
  for (const [folder, names] of Object.entries(FOLDERS)) {
    watch(folder, { recursive: true }, (_, file) => {
      if (file === null || !/\.ts$/.test(file) || file.endsWith('.test.ts') || file.includes('node_modules')) return
      for (const name of names) waiting.add(name)
      clearTimeout(timer)
      timer = setTimeout(restart, SETTLE_MS)
    })
  }
}
