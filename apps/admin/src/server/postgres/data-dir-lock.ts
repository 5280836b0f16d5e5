import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** True while the process exists and is no zombie (which nobody may ever collect in a container). */
export function isProcessAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z'
  } catch {
    return true
  }
}

/** Takes the data directory for this process, or answers the process that has it. A lock whose process is gone is taken over. */
export function lockDataDir(dataDir: string): { release: () => void } | { owner: number } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'lock')
  // Written first and linked then, so that nobody ever reads a lock without its owner.
  const own = `${file}.${process.pid}`
  writeFileSync(own, String(process.pid), { mode: 0o600 })
  try {
    return takeLock(file, own)
  } finally {
    rmSync(own, { force: true })
  }
}

function readOwner(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

function takeLock(file: string, own: string): { release: () => void } | { owner: number } {
  for (;;) {
    try {
      linkSync(own, file)
      return { release: () => rmSync(file, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const owner = readOwner(file)
      if (owner !== null && owner !== process.pid && isProcessAlive(owner)) return { owner }
      rmSync(file, { force: true })
    }
  }
}
