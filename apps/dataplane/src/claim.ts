import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Address, SettingsError } from './environment.ts'

/** Resolves port 0 and fails where anyone has the port: workers would share it silently by reusePort. */
export function claimPort(address: Address, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is taken already' : `cannot be listened on (${error.code})`
      reject(new SettingsError(`${address.host}:${address.port} ${reason}. Stop what listens there, or choose another with ${setting}.`))
    })
    probe.listen({ port: address.port, host: address.host, exclusive: true }, () => {
      const bound = probe.address()
      probe.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : address.port))
    })
  })
}

/** One node per data directory: the file holds the process id; one whose process is gone is taken over. */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'lock')
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const handle = openSync(file, 'wx', 0o600)
      writeSync(handle, String(process.pid))
      closeSync(handle)
      return () => rmSync(file, { force: true })
    } catch {
      const owner = Number(readFileSync(file, 'utf8'))
      if (isAlive(owner)) throw new SettingsError(`${dataDir} is used by another node (process ${owner}). Give this one a SLUICE_DATA_DIR of its own.`)
      rmSync(file, { force: true })
    }
  }
  throw new SettingsError(`${file} cannot be taken`)
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
