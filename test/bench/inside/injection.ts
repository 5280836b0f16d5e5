import { PLUGIN_HANDLERS } from '@sluice/plugins/handlers'
import { INJECTION_TYPES } from '../../../packages/plugins/injection-protection/schema.ts'
import { ExchangeFixture, environmentFixture } from '../../../packages/plugins/testing/exchange-fixture.ts'

/** What a body of 1 MB costs the injection protection, made of what its searches like least: `node test/bench/inside/injection.ts`. CPU time, best of nine. */

const BYTES = 1_000_000
const ROUNDS = 5
const MARK_MS = 20

const filled = (piece: string, bytes = BYTES) => piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes)
const json = (text: string) => JSON.stringify({ text: text.slice(0, Math.floor((text.length * BYTES) / JSON.stringify(text).length)) })

const BODIES: Readonly<Record<string, { type: string; body: string }>> = Object.fromEntries(
  [
    ...["'", '"', "' '", 'or ', '1 or ', "'x',", '1,', '(', '1+', '=1', "')',", '/**/', '--', '#\n', "x'||'", 'a\'b"c ', '1=1,', '((', 'select ', ' union '],
    ...['<', '<a ', '< / ', '<scrip', 'on', ' on', ' onclick', '"onload', 'javascript', 'j a', 'data:', '</', '");', '`+`', '`;alert', 'expression'],
    ...['../', '..', '/etc/', '\u0001', 'c:/', 'file:', ';', ';cat ', '|ls a', '&', '$(', '`id', '; ', '{{', '{{ }}', '${', '${a}', '#{', '<%', '{%', '{{{{}}'],
    ...['\n', '\r\n', '\nto:', '\nx-', '//a[', ']', '::', 'java.', ' at a.', 'a', 'a ', 'lorem ipsum dolor '],
    ...['%', '%2', '%25', '%2525', '%u', '&', '&lt;', '&#', '&#x3', '\\u', '\\u00', '\\x', 'é', '＜', 'YWJj', 'YWJj,'],
  ].flatMap((piece) => [
    [`JSON of ${JSON.stringify(piece)}`, { type: 'application/json', body: json(filled(piece)) }],
    [`text of ${JSON.stringify(piece)}`, { type: 'text/plain', body: filled(piece) }],
    [`values of ${JSON.stringify(piece)}`, { type: 'application/json', body: `[${filled(`${JSON.stringify(filled(piece, 12))},`)}` }],
    [`form of ${JSON.stringify(piece)}`, { type: 'application/x-www-form-urlencoded', body: filled(`a=${piece}&`) }],
  ]),
)

const plugin = PLUGIN_HANDLERS.get('injection-protection')?.({ injection_types: [...INJECTION_TYPES], locations: ['body'], max_body_size: 2 * BYTES * 6 }, environmentFixture())

async function once({ type, body }: { type: string; body: string }): Promise<number> {
  const exchange = new ExchangeFixture({ method: 'POST', headers: { 'content-type': type }, body })
  const bytes = Buffer.from(body)
  exchange.body = async () => bytes
  const before = process.cpuUsage()
  await plugin?.onRequest?.(exchange)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

const rows: { name: string; ms: number }[] = []
for (const [name, body] of Object.entries(BODIES)) {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) times.push(await once(body))
  rows.push({ name, ms: Math.min(...times) })
}
rows.sort((a, b) => b.ms - a.ms)
const slow = rows.filter(({ ms }) => ms > MARK_MS)
for (const { name, ms } of rows.slice(0, Math.max(12, Math.min(slow.length, 40)))) console.log(`${ms.toFixed(1).padStart(8)} ms  ${name}`)
console.log(`${rows.length} bodies of 1 MB; median ${rows[Math.floor(rows.length / 2)]?.ms.toFixed(1)} ms; ${slow.length} above ${MARK_MS} ms`)
process.exitCode = slow.length === 0 ? 0 : 1
