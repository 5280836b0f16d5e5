import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FOLDER, pluginPages } from './pages.ts'

/** Writes docs/plugins anew: `npm run plugin-pages`. A test compares them with what it would write. */
const pages = pluginPages()
mkdirSync(FOLDER, { recursive: true })
for (const name of readdirSync(FOLDER)) if (name.endsWith('.md') && !pages.has(name)) rmSync(join(FOLDER, name))
for (const [name, text] of pages) writeFileSync(join(FOLDER, name), text)
console.log(`${pages.size} pages in docs/plugins`)
