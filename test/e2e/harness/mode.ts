import { existsSync } from 'node:fs'
import { join } from 'node:path'

const BUILD = join(import.meta.dirname, '../../../apps/admin/.next/BUILD_ID')

/** The built dashboard where there is one, and always in CI; else Next.js compiles each page when it is first opened. */
export function dashboardMode(env: NodeJS.ProcessEnv = process.env): 'production' | 'development' {
  return existsSync(BUILD) || env.CI !== undefined ? 'production' : 'development'
}
