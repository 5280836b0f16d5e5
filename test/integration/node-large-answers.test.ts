import { createHash } from 'node:crypto'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificate } from './harness/certificates.ts'
import { NodeProcess } from './harness/node-process.ts'

/** Memory of reads is used again and again: what clients get must be what the upstream sent, however slowly each of them takes it. */

const MIB = 1024 * 1024
const BYTES = 24 * MIB
const AT_ONCE = 8

let origin: Server

/** Bytes that tell where they are: every fourth byte run is a counter from a start of its own. */
function pieceOf(start: number, from: number): Buffer {
  const piece = Buffer.allocUnsafe(192 * 1024)
  for (let at = 0; at < piece.byteLength; at += 4) piece.writeUInt32LE((start + from + at) >>> 0, at)
  return piece
}

beforeAll(async () => {
  origin = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://origin')
    const start = Number(url.searchParams.get('start'))
    const isChunked = url.searchParams.has('chunked')
    response.writeHead(200, isChunked ? {} : { 'content-length': String(BYTES) })
    for (let from = 0; from < BYTES; from += 192 * 1024) {
      const piece = pieceOf(start, from).subarray(0, BYTES - from)
      if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve))
    }
    response.end()
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  origin.closeAllConnections()
  origin.close()
})

function expectedHash(start: number): string {
  const hash = createHash('sha256')
  for (let from = 0; from < BYTES; from += 192 * 1024) hash.update(pieceOf(start, from).subarray(0, BYTES - from))
  return hash.digest('hex')
}

/** Takes an answer, and stops `pauses` times in the course of it until others had their turns. */
async function takenHash(url: string, pauses: number): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => get(url, { agent: false }, resolve).on('error', reject))
  const hash = createHash('sha256')
  let taken = 0
  let paused = 0
  for await (const piece of response) {
    hash.update(piece as Buffer)
    taken += (piece as Buffer).byteLength
    if (pauses > 0 && taken > ((paused + 1) * BYTES) / (pauses + 1)) {
      paused += 1
      for (let turns = 0; turns < 200; turns += 1) await turn()
    }
  }
  return hash.digest('hex')
}

describe.each([
  ['past streams', 'on'],
  ['through streams', 'off'],
])('a node that reads and writes %s', (_, isDirect) => {
  let node: NodeProcess

  beforeAll(async () => {
    node = await NodeProcess.start({ env: { SLUICE_DIRECT_IO: isDirect, SLUICE_WORKERS: '1' } })
    const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
    const services = [{ name: 'origin', url, routes: [{ name: 'all', paths: ['/'] }] }]
    const { status } = await node.postConfig({ _format_version: '3.0', services, certificates: [{ ...makeCertificate(['localhost']), snis: [{ name: 'localhost' }] }] })
    expect(status).toBe(201)
  })
  afterAll(() => node?.stop())

  test.each([
    ['with a length', ''],
    ['in chunks', '&chunked'],
  ])(`${AT_ONCE} answers of 24 MiB at once come whole %s, to fast clients and to slow ones`, async (_, query) => {
    const starts = Array.from({ length: AT_ONCE }, (_, index) => index * 1_000_003)
    const taken = await Promise.all(starts.map((start, index) => takenHash(`${node.proxy}/large?start=${start}${query}`, index % 2 === 0 ? 0 : index * 20)))
    expect(taken).toEqual(starts.map(expectedHash))
  })
})
