// The one door of every npm script. Runs on Node.js 20: prepares the checkout, then hands over to Node.js 24.
import { spawn } from 'node:child_process'
import { childEnvironment, nodeBinary, prepare, ROOT } from './prepare.mjs'

const COMMANDS = {
  start: { run: ['scripts/launch/main.ts'], env: { NODE_ENV: 'production' } },
  node: { run: ['apps/dataplane/src/main.ts'], env: { NODE_ENV: 'production' } },
  test: { run: ['scripts/test.mjs', 'all'], env: { NODE_ENV: 'test' } },
  check: { run: ['scripts/test.mjs', 'check'], env: { NODE_ENV: 'test' } },
}

const [name, ...args] = process.argv.slice(2)
const command = COMMANDS[name]
if (command === undefined) {
  console.error(`unknown command ${name ?? ''}; there are: ${Object.keys(COMMANDS).join(', ')}`)
  process.exit(2)
}
prepare()

const child = spawn(nodeBinary(), ['--disable-warning=ExperimentalWarning', ...command.run, ...args], { cwd: ROOT, stdio: 'inherit', env: childEnvironment(command.env) })
// Ctrl-C reaches the child by the terminal; a signal to this process alone is passed on. The child decides when it has ended.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
