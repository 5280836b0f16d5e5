// The one door of every npm script. Runs on Node.js 20: prepares the checkout, then hands over to Node.js 24.
import { spawn } from 'node:child_process'
import { childEnvironment, nodeBinary, prepare, ROOT } from './prepare.mjs'

const COMMANDS = {
  start: { pages: true, run: ['scripts/launch/main.ts'], env: { NODE_ENV: 'production' } },
  dev: { pages: false, run: ['scripts/launch/main.ts', '--dev'], env: { NODE_ENV: 'development' } },
  'control-plane': { pages: true, run: ['apps/admin/server.ts'], env: { NODE_ENV: 'production' } },
  node: { pages: false, run: ['apps/dataplane/src/main.ts'], env: { NODE_ENV: 'production' } },
  test: { pages: true, run: ['scripts/test.mjs', 'all'], env: { NODE_ENV: 'test' } },
  e2e: { pages: true, run: ['scripts/test.mjs', 'e2e'], env: { NODE_ENV: 'test' } },
  check: { pages: false, run: ['scripts/test.mjs', 'check'], env: { NODE_ENV: 'test' } },
  bench: { pages: false, run: ['test/bench/main.ts'], env: { NODE_ENV: 'production' } },
}
/** Commands of the control plane that are not the server: `npm run control-plane -- join-token …`. */
const CONTROL_PLANE_TASKS = new Set(['join-token', 'reset-password', 'seed-demo'])

const [name, ...args] = process.argv.slice(2)
const command = COMMANDS[name]
if (command === undefined) {
  console.error(`unknown command ${name ?? ''}; there are: ${Object.keys(COMMANDS).join(', ')}`)
  process.exit(2)
}
const isTask = name === 'control-plane' && CONTROL_PLANE_TASKS.has(args[0])
prepare({ pages: command.pages && !isTask })

const script = isTask ? ['apps/admin/src/cli/main.ts'] : command.run
const child = spawn(nodeBinary(), ['--disable-warning=ExperimentalWarning', ...script, ...args], { cwd: ROOT, stdio: 'inherit', env: childEnvironment(command.env) })
// Ctrl-C reaches the child by the terminal, or by us where only this process was signalled; the child decides when it has ended.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
