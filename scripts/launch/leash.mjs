// Loaded with --import by what the launcher starts: a process whose parent was killed stops as if it had been asked to.
import { isMainThread } from 'node:worker_threads'

const LOOK_INTERVAL_MS = 500

if (isMainThread) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, LOOK_INTERVAL_MS)
  timer.unref()
}
