import { HeadParser } from '../../http1/head-parser.ts'
import { HeaderList } from '../header-list.ts'

/** Fields as a parser finds them in a head. Name and value in turn. */
export function fieldsFixture(pairs: readonly string[]): HeaderList {
  let text = ''
  for (let at = 0; at < pairs.length; at += 2) text += `${pairs[at]}: ${pairs[at + 1]}\r\n`
  return parsedFields(text)
}

/** Fields of these lines, which end with CRLF. */
export function parsedFields(lines: string): HeaderList {
  const bytes = Buffer.from(`${lines}\r\n`, 'latin1')
  const parser = new HeadParser('trailers', { headBytesMax: 64 * 1024, fieldsMax: 256, targetBytesMax: 0 })
  const end = parser.parse(bytes, 0, bytes.byteLength)
  if (end !== bytes.byteLength) throw new Error(`not the lines of a head: ${lines}`)
  return new HeaderList(parser.head)
}
