import { createServer } from 'node:net'

/** Every port of `npm start` before the offset. */
export const PORTS = {
  nodes: [
    { name: 'node-1', proxy: 8000, tls: 8443, status: 8100 },
    { name: 'node-2', proxy: 8010, tls: 8453, status: 8110 },
  ],
  origins: { ordersV1: 9001, ordersV2: 9002, payments: 9003 },
} as const

/** `SLUICE_PORT_OFFSET`: 0 where it is not set. Throws on anything but a whole number that keeps all ports legal. */
export function readPortOffset(text: string | undefined): number {
  if (text === undefined || text === '') return 0
  const offset = Number(text)
  if (!Number.isInteger(offset) || offset < 0 || offset > 50_000) throw new Error(`SLUICE_PORT_OFFSET must be a whole number from 0 to 50000, not "${text}".`)
  return offset
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/** Names of the taken ports among `wanted`, such as `node-1 proxy 8000`. */
export async function findTakenPorts(wanted: readonly { label: string; port: number; host: string }[]): Promise<string[]> {
  const taken: string[] = []
  for (const { label, port, host } of wanted) if (!(await isFree(port, host))) taken.push(`${label} ${port}`)
  return taken
}
