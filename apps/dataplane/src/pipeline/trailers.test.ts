import { expect, test } from 'vitest'
import { HeaderList } from '../exchange/header-list.ts'
import { fieldsFixture } from '../exchange/testing/fields.ts'
import { passedTrailers } from './trailers.ts'

const DROPPED = [
  ...['Connection', 'TE', 'Trailer', 'Via', 'X-Real-IP', 'Forwarded'],
  ...['Cache-Control', 'Range', 'If-Match', 'If-Modified-Since', 'Expect', 'Max-Forwards'],
  ...['Authorization', 'Proxy-Authorization', 'WWW-Authenticate', 'Cookie', 'Set-Cookie'],
  ...['Content-Type', 'Content-Encoding', 'Content-Range', 'Location', 'Date', 'Vary', 'Age'],
  ...['X-Forwarded-For', 'X-Sluice-Request-Id', 'X-Consumer-ID', 'X-Consumer-Username', 'X-Credential-Identifier', 'X-Anonymous-Consumer'],
]

/** Over HTTP/1.1 the parser refuses these. */
test.each(['Host', 'Content-Length', 'Transfer-Encoding'])('%s of HTTP/2 is never passed on as a trailer', (name) => {
  expect(passedTrailers(new HeaderList(null, [name, 'x', 'X-Sum', '1']))?.lines(null)).toBe('X-Sum: 1\r\n')
})

test.each(DROPPED)('%s is never passed on as a trailer, in whichever case it is written', (name) => {
  for (const written of [name, name.toLowerCase(), name.toUpperCase()]) {
    expect(passedTrailers(fieldsFixture([written, 'x', 'X-Sum', '1', written, 'y']))?.lines(null)).toBe('X-Sum: 1\r\n')
    expect(passedTrailers(new HeaderList(null, [written, 'x', 'X-Sum', '1']))?.lines(null)).toBe('X-Sum: 1\r\n')
  }
})

test.each(['ETag', 'Content-Digest', 'Server-Timing', 'grpc-status', 'grpc-message', 'Authentication-Info', 'X-Anything', 'Iffy', 'Accept-Ranges'])('%s is', (name) => {
  expect(passedTrailers(fieldsFixture([name, 'x']))?.lines(null)).toBe(`${name}: x\r\n`)
})

test('no trailers are none', () => {
  expect(passedTrailers(null)).toBeNull()
})
