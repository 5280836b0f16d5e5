import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

function findChromium(env: NodeJS.ProcessEnv): string {
  const wanted = env.CHROMIUM
  const folders = ['/usr/bin', ...(env.PATH ?? '').split(delimiter)]
  const places = wanted === undefined ? folders.flatMap((folder) => NAMES.map((name) => join(folder, name))) : [wanted]
  const found = places.find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new Error(
    wanted === undefined
      ? 'The browser tests need Chromium, and there is none on the PATH. On Debian: apt-get install --yes chromium. Elsewhere: CHROMIUM=/path/to/chromium npm run test:e2e'
      : `CHROMIUM names ${wanted}, and there is nothing.`,
  )
}

/** The system's Chromium without a window. Its sandbox needs namespaces that containers often refuse, and it opens our own pages only. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(process.env),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}
