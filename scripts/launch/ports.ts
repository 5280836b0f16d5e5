import { createServer } from 'node:net'

/** Every port of `npm start` before the offset. */
export const PORTS = {
  dashboard: 3000,
  nodes: [
    { name: 'node-1', proxy: 8000, tls: 8443, status: 8100 },
    { name: 'node-2', proxy: 8010, tls: 8453, status: 8110 },
  ],
  origins: { ordersV1: 9001, ordersV2: 9002, payments: 9003 },
} as const

export interface WantedPort {
  label: string
  port: number
  host: string
}

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

/** Throws where one of the ports is taken: which, and how to choose another. */
export async function refuseTakenPorts(wanted: readonly WantedPort[]): Promise<void> {
  const taken: string[] = []
  for (const { label, port, host } of wanted) if (!(await isFree(port, host))) taken.push(`${port} (${label})`)
  if (taken.length === 0) return
  throw new Error(`Taken already: ${taken.join(', ')}. Stop what listens there, or move every port of Sluice: SLUICE_PORT_OFFSET=100 npm start`)
}
