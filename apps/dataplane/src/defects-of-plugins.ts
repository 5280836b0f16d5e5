import { pathToFileURL } from 'node:url'

type Log = (level: 'warn' | 'error', message: string, fields: Record<string, unknown>) => void

/**
 * What a plugin of a user throws where nobody waits for it, in a timer or a promise that it forgot, would end the worker with all its requests. Where the
 * stack leads into the directory of plugins it is logged, and the worker goes on; anything else is a defect of ours and ends it as before.
 */
export function keepDefectsOfPlugins(directory: string, log: Log): void {
  const places = [directory, pathToFileURL(directory).href]
  const onDefect = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    if (!places.some((place) => stack.includes(place))) throw error
    log('error', 'a plugin threw where nobody waits for it', { error: stack })
  }
  process.on('uncaughtException', onDefect)
  process.on('unhandledRejection', onDefect)
}
