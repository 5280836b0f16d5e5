import { afterEach, expect, test } from 'vitest'
import { NodeProcess } from './harness/node-process.ts'

/** How many workers a node has. */

const nodes: NodeProcess[] = []
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
})

async function startNode(env: Record<string, string>): Promise<NodeProcess> {
  const node = await NodeProcess.start({ env })
  nodes.push(node)
  return node
}

const workersOf = async (node: NodeProcess) => ((await (await fetch(`${node.status}/status`)).json()) as { workers: number }).workers

test('where the system can share a port there are as many as SLUICE_WORKERS says', async () => {
  const node = await startNode({ SLUICE_WORKERS: '3' })
  expect(await workersOf(node)).toBe(3)
})

test('where it cannot there is one, which serves, and the log says why', async () => {
  const elsewhere = `--import "data:text/javascript,Object.defineProperty(process,'platform',{value:'darwin'})"`
  const node = await startNode({ SLUICE_WORKERS: '3', NODE_OPTIONS: elsewhere })
  await node.line('one worker instead of 3: on darwin workers cannot share a port')
  expect(await workersOf(node)).toBe(1)
  expect((await node.postConfig({ _format_version: '3.0', services: [] })).status).toBe(201)
  expect((await fetch(node.proxy)).status).toBe(404)
})
