import { HeadParser } from '../../../apps/dataplane/src/http1/head-parser.ts'
import { headOf, rowOf, type Spread, shown, spreadOf } from '../report/figures.ts'
import { isQuick, tell, timed } from './tell.ts'

/** Time per head for one request of 303 bytes with 7 fields: `node test/bench/inside/head-parser.ts`. */

const HEADS_PER_ROUND = isQuick ? 20_000 : 200_000
const ROUNDS = isQuick ? 3 : 15
const HEAD_BYTES = 303

const request = [
  'GET /orders/12345?include=items HTTP/1.1',
  'Host: api.example.test',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64)',
  'Accept: application/json, text/plain, */*',
  'Accept-Encoding: gzip, deflate, br',
  'Accept-Language: en-GB,en;q=0.9',
  'Connection: keep-alive',
]
const frame = `${request.join('\r\n')}\r\nCookie: s=\r\n\r\n`
const head = Buffer.from(frame.replace('s=', `s=${'a'.repeat(HEAD_BYTES - frame.length)}`), 'latin1')
const parser = new HeadParser('request', { headBytesMax: 32 * 1024, fieldsMax: 100, targetBytesMax: 8 * 1024 })
const times = timed(ROUNDS, HEADS_PER_ROUND, () => {
  if (parser.parse(head, 0, head.length) !== head.length) throw new Error(`refused: ${parser.error}`)
})
tell({
  lines: [...headOf(['head of a request', 'CPU, ns per head']), rowOf([`${head.length} bytes, ${parser.head?.fieldCount} fields`, shown(spreadOf(times) as Spread, 0)])],
  bars: [],
})
