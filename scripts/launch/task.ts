import { spawn } from 'node:child_process'
import { inheritedEnvironment } from './child.ts'

/** Runs one command of the control plane's command line to its end; its output becomes the error when it fails. */
export function runTask(args: string[], env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('node', ['--disable-warning=ExperimentalWarning', 'apps/admin/src/cli/main.ts', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inheritedEnvironment(), ...env },
    })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve(output) : reject(new Error(`${args[0]} failed:\n${output}`))))
  })
}
