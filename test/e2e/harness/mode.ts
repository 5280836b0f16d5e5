import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

const BUILD = join(import.meta.dirname, '../../../apps/admin/.next/BUILD_ID')

/** The built dashboard where there is one, and always in CI; else Next.js compiles each page when it is first opened. */
export function dashboardMode(env: NodeJS.ProcessEnv = process.env): 'production' | 'development' {
  return existsSync(BUILD) || env.CI !== undefined ? 'production' : 'development'
}

/** How long a page may take for one step; one that Next.js has still to compile takes long. */
export const STEP_TIMEOUT_MS = dashboardMode() === 'production' ? 15_000 : 150_000

/** Expects of what a page will show in a moment. */
export function soon<T>(probe: () => T | Promise<T>) {
  return expect.poll(probe, { timeout: STEP_TIMEOUT_MS, interval: 25 })
}
