// The one door of every npm script. Runs on Node.js 20: prepares the checkout, then hands over to Node.js 24.
// package.json says `exec`, because the shell that npm puts in between keeps a SIGINT that is sent to npm alone to itself.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { childEnvironment, nodeBinary, prepare, ROOT } from './prepare.mjs'

const EVERYTHING = ['packages', 'client', 'dashboard']
/** Words after `control-plane` that are commands on its database; anything else starts the control plane itself. */
const WORK_ON_DATABASE = ['join-token', 'reset-password', 'import', 'export', 'remove-demo', 'help']

const COMMANDS = {
  start: { needs: EVERYTHING, run: ['scripts/launch/main.ts'], env: { NODE_ENV: 'production' } },
  dev: { needs: ['packages', 'client'], run: ['scripts/launch/main.ts', '--dev'], env: { NODE_ENV: 'development' } },
  'control-plane': { needs: EVERYTHING, run: ['apps/admin/server.ts'], env: { NODE_ENV: 'production' } },
  node: { needs: ['packages'], run: ['apps/dataplane/src/main.ts'], env: { NODE_ENV: 'production' } },
  test: { needs: EVERYTHING, run: ['scripts/test.mjs', 'all'], env: { NODE_ENV: 'test' } },
  'test:e2e': { needs: EVERYTHING, run: ['scripts/test.mjs', 'e2e'], env: { NODE_ENV: 'test' } },
  bench: { needs: ['packages', 'client'], run: ['scripts/bench.mjs'], env: { NODE_ENV: 'test', BENCH_MARKS: '1' } },
  soak: { needs: ['packages'], run: ['test/soak/soak.ts'], env: { NODE_ENV: 'test' } },
  'plugin-pages': { needs: ['packages'], run: ['scripts/plugin-pages/main.ts'], env: { NODE_ENV: 'development' } },
  check: { needs: ['packages', 'client'], run: ['scripts/test.mjs', 'check'], env: { NODE_ENV: 'test' } },
}

function commandFor(name, args) {
  if (name === 'control-plane' && WORK_ON_DATABASE.includes(args[0])) return { ...COMMANDS[name], needs: ['packages', 'client'], run: ['apps/admin/src/cli/main.ts'] }
  return COMMANDS[name]
}

const [name, ...args] = process.argv.slice(2)
const command = commandFor(name, args)
if (command === undefined) {
  console.error(`unknown command ${name ?? ''}; there are: ${Object.keys(COMMANDS).join(', ')}`)
  process.exit(2)
}
await prepare(command.needs)
await import('./launch/leash.mjs')

// What is started ends when this process is killed without a chance to say so.
const leash = ['--import', pathToFileURL(join(ROOT, 'scripts/launch/leash.mjs')).href]
const options = { cwd: ROOT, stdio: 'inherit', env: childEnvironment(command.env) }
const child = spawn(nodeBinary(), ['--disable-warning=ExperimentalWarning', ...leash, ...command.run, ...args], options)
// Ctrl-C reaches the child by the terminal too; what it starts takes one signal as it takes two, and decides when it has ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
