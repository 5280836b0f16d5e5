import { HeadParser } from '../../apps/dataplane/src/http1/head-parser.ts'

/** Prints the time per head for one request of 303 bytes with 7 fields: `node test/bench/head-parser.ts`. */

const HEADS_PER_ROUND = 200_000
const ROUNDS = 15
const HEAD_BYTES = 303

const lines = [
  'GET /orders/12345?include=items HTTP/1.1',
  'Host: api.example.test',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64)',
  'Accept: application/json, text/plain, */*',
  'Accept-Encoding: gzip, deflate, br',
  'Accept-Language: en-GB,en;q=0.9',
  'Connection: keep-alive',
]
const frame = `${lines.join('\r\n')}\r\nCookie: s=\r\n\r\n`
const head = Buffer.from(frame.replace('s=', `s=${'a'.repeat(HEAD_BYTES - frame.length)}`), 'latin1')
const limits = { headBytesMax: 32 * 1024, fieldsMax: 100, targetBytesMax: 8 * 1024 }
const parser = new HeadParser('request', limits)

function round(): number {
  const start = process.hrtime.bigint()
  for (let index = 0; index < HEADS_PER_ROUND; index++) if (parser.parse(head, 0, head.length) !== head.length) throw new Error(`refused: ${parser.error}`)
  return Number(process.hrtime.bigint() - start) / HEADS_PER_ROUND
}

round()
const times = Array.from({ length: ROUNDS }, round).sort((a, b) => a - b)
const at = (share: number) => (times[Math.floor(share * (times.length - 1))] as number).toFixed(0)
console.log(`${head.length} bytes, ${parser.head?.fieldCount} fields: median ${at(0.5)} ns per head, fastest ${at(0)}, slowest ${at(1)} (${ROUNDS} rounds of ${HEADS_PER_ROUND})`)
