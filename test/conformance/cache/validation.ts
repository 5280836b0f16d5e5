import { asked, type CacheCase, type CacheStep, kept, reused } from './cache-case.ts'

const cc = (value: string) => ['Cache-Control', value] as const
const fresh = cc('max-age=3600')
/** Stale from the start, without waiting for it. */
const STALE = [cc('max-age=60'), ['Age', '100']] as const
const TAG = ['ETag', '"abc"'] as const
const MODIFIED = ['Last-Modified', 'Wed, 01 Jan 2020 00:00:00 GMT'] as const

const ifNone = (value: string, ...more: (readonly [string, string])[]) => ({ headers: [['If-None-Match', value], ...more] }) as const
const ifSince = (value: string | number) => ({ headers: [['If-Modified-Since', value]] }) as const
const notModified = (request: CacheStep['request'], expect: Partial<CacheStep['expect']> = {}) => reused(request, { status: 304, body: '', ...expect })

/** The upstream says that what is kept still holds. */
const holds = (headers: NonNullable<CacheStep['answer']>['headers'] = [fresh, TAG], expect: Partial<CacheStep['expect']> = {}): CacheStep => ({
  answer: { status: 304, headers },
  expect: { from: 'validation', status: 200, body: 'first', ...expect },
})

/** RFC 9111 4.3.2: conditions of clients, answered from what is kept. */
export const CLIENT_CONDITIONS: CacheCase[] = [
  {
    about: 'a matching strong tag is 304',
    steps: [kept([fresh, TAG]), notModified(ifNone('"abc"'), { headers: { etag: '"abc"', 'cache-control': 'max-age=3600' }, absent: ['content-length', 'content-type'] })],
  },
  { about: 'another tag is the whole answer', steps: [kept([fresh, TAG]), reused(ifNone('"other"'))] },
  { about: 'a matching weak tag is 304', steps: [kept([fresh, ['ETag', 'W/"abc"']]), notModified(ifNone('W/"abc"'))] },
  { about: 'a weak tag matches the strong one', steps: [kept([fresh, TAG]), notModified(ifNone('W/"abc"'))] },
  { about: 'a strong tag matches the weak one', steps: [kept([fresh, ['ETag', 'W/"abc"']]), notModified(ifNone('"abc"'))] },
  { about: 'one of several tags is enough', steps: [kept([fresh, TAG]), notModified(ifNone('"1", "abc", W/"2"'))] },
  {
    about: 'one of several lines is enough',
    steps: [
      kept([fresh, TAG]),
      notModified({
        headers: [
          ['If-None-Match', '"1"'],
          ['If-None-Match', '"abc"'],
        ],
      }),
    ],
  },
  { about: 'a tag with a comma is one', steps: [kept([fresh, ['ETag', '"a,b"']]), notModified(ifNone('"x", "a,b"'))] },
  { about: '* matches whatever is kept', steps: [kept([fresh]), notModified(ifNone('*'))] },
  {
    about: 'If-None-Match goes before If-Modified-Since, which would match',
    steps: [kept([fresh, TAG, MODIFIED]), reused(ifNone('"x"', ['If-Modified-Since', 'Wed, 01 Jan 2020 00:00:00 GMT']))],
  },
  {
    about: 'If-None-Match goes before If-Modified-Since, which would not',
    steps: [kept([fresh, TAG, MODIFIED]), notModified(ifNone('"abc"', ['If-Modified-Since', 'Wed, 01 Jan 2010 00:00:00 GMT']))],
  },
  {
    about: 'the same date is 304',
    steps: [kept([fresh, MODIFIED]), notModified(ifSince('Wed, 01 Jan 2020 00:00:00 GMT'), { headers: { 'last-modified': 'Wed, 01 Jan 2020 00:00:00 GMT' } })],
  },
  { about: 'a later date is 304', steps: [kept([fresh, MODIFIED]), notModified(ifSince(-10))] },
  { about: 'an earlier date is the whole answer', steps: [kept([fresh, MODIFIED]), reused(ifSince('Wed, 01 Jan 2019 00:00:00 GMT'))] },
  { about: 'without Last-Modified the Date counts', steps: [kept([fresh, ['Date', -100]]), notModified(ifSince(-50)), reused(ifSince(-500))] },
  { about: 'a date that is none is no condition', steps: [kept([fresh, MODIFIED]), reused(ifSince('yesterday'))] },
  { about: 'HEAD may have conditions too', steps: [kept([fresh, TAG]), notModified({ method: 'HEAD', ...ifNone('"abc"') })] },
  { about: 'conditions mean nothing for another status than 200', steps: [kept([fresh, TAG], { status: 404 }), reused(ifNone('"abc"'), { status: 404 })] },
  { about: 'If-Match is for the upstream', steps: [kept([fresh, TAG]), asked({ headers: [['If-Match', '"abc"']] }, { sent: { 'if-match': '"abc"' } })] },
  { about: 'If-Unmodified-Since is for the upstream', steps: [kept([fresh, MODIFIED]), asked({ headers: [['If-Unmodified-Since', 'Wed, 01 Jan 2020 00:00:00 GMT']] })] },
  {
    about: 'a 304 has Vary, Expires and Content-Location',
    steps: [
      kept([['Expires', 3600], TAG, ['Vary', 'Foo'], ['Content-Location', '/x']]),
      notModified(ifNone('"abc"'), { headers: { vary: 'Foo', expires: /GMT/, 'content-location': '/x', age: /^\d$/ } }),
    ],
  },
  {
    about: 'on a miss the upstream gives the whole, and who has it is told 304',
    steps: [
      { request: ifNone('"abc"'), answer: { headers: [fresh, TAG], body: 'first' }, expect: { from: 'origin', status: 304, body: '', headers: { etag: '"abc"' } } },
      reused(),
    ],
  },
  {
    about: 'on a miss who has another is given the whole',
    steps: [{ request: ifNone('"old"'), answer: { headers: [fresh, TAG], body: 'first' }, expect: { from: 'origin', status: 200, body: 'first' } }, reused()],
  },
]

const UPDATES: readonly (readonly [name: string, before: string, after: string])[] = [
  ['X-Own', 'a', 'b'],
  ['Content-Foo', 'a', 'b'],
  ['Content-Type', 'text/plain', 'text/html'],
  ['Content-Location', '/a', '/b'],
  ['Content-Security-Policy', "default-src 'self'", "default-src 'none'"],
  ['X-Frame-Options', 'deny', 'sameorigin'],
  ['Set-Cookie', 'a=b', 'a=c'],
]

/** RFC 9111 4.3: what is stale is asked about, and 3.2: what a 304 changes. */
export const VALIDATION: CacheCase[] = [
  { about: 'what is stale is asked about by its tag', steps: [kept([...STALE, TAG]), holds(undefined, { sent: { 'if-none-match': '"abc"', 'if-modified-since': null } })] },
  { about: 'and by its weak tag', steps: [kept([...STALE, ['ETag', 'W/"abc"']]), holds(undefined, { sent: { 'if-none-match': 'W/"abc"' } })] },
  { about: 'and by its date', steps: [kept([...STALE, MODIFIED]), holds([fresh, MODIFIED], { sent: { 'if-modified-since': 'Wed, 01 Jan 2020 00:00:00 GMT' } })] },
  {
    about: 'and by both',
    steps: [kept([...STALE, TAG, MODIFIED]), holds(undefined, { sent: { 'if-none-match': '"abc"', 'if-modified-since': 'Wed, 01 Jan 2020 00:00:00 GMT' } })],
  },
  { about: 'what still holds is fresh again', steps: [kept([...STALE, TAG]), holds(), reused()] },
  { about: 'a 304 without freshness leaves that of before, from now on', steps: [kept([cc('max-age=60'), ['Age', '100'], TAG]), holds([TAG]), reused()] },
  {
    about: 'another answer takes the place of what was kept',
    steps: [kept([...STALE, TAG]), asked({}, { from: 'validation' }, { headers: [fresh, ['ETag', '"2"']] }), reused({}, { body: 'second' })],
  },
  { about: 'an error takes no place of it', steps: [kept([...STALE, TAG]), asked({}, { from: 'validation', status: 500 }, { status: 500 }), holds()] },
  { about: 'an answer that is not kept ends what was', steps: [kept([...STALE, TAG]), asked({}, { from: 'validation' }, { headers: [cc('no-store')] }), asked()] },
  {
    about: 'the client’s own condition is answered after it',
    steps: [kept([...STALE, TAG]), { ...holds(), request: ifNone('"abc"'), expect: { from: 'validation', status: 304, body: '' } }],
  },
  {
    about: 'the client’s other tag is not sent',
    steps: [kept([...STALE, TAG]), { ...holds(), request: ifNone('"old"'), expect: { from: 'validation', status: 200, body: 'first', sent: { 'if-none-match': '"abc"' } } }],
  },
  {
    about: 'a part of what is stale is cut after it is known to hold',
    steps: [kept([...STALE, TAG]), { ...holds(), request: { headers: [['Range', 'bytes=1-2']] }, expect: { from: 'validation', status: 206, body: 'ir', sent: { range: null } } }],
  },
  {
    about: 'HEAD may ask about what is stale',
    steps: [
      kept([...STALE, TAG]),
      { ...holds(), request: { method: 'HEAD' }, expect: { from: 'validation', status: 200, body: '', headers: { 'content-length': '5' } } },
      reused(),
    ],
  },
  {
    about: 'fields that Vary names are sent',
    steps: [
      kept([...STALE, TAG, ['Vary', 'Foo']], {}, { headers: [['Foo', '1']] }),
      { ...holds([fresh, TAG, ['Vary', 'Foo']]), request: { headers: [['Foo', '1']] }, expect: { from: 'validation', body: 'first', sent: { foo: '1' } } },
    ],
  },
  {
    about: 'the tag of another variant is not sent',
    steps: [kept([...STALE, TAG, ['Vary', 'Foo']], {}, { headers: [['Foo', '1']] }), asked({ headers: [['Foo', '2']] }, { sent: { 'if-none-match': null } })],
  },
  ...UPDATES.flatMap(([name, before, after]): CacheCase[] => {
    const seen = { [name.toLowerCase()]: name === 'Set-Cookie' ? /a=c/ : after }
    return [TAG, MODIFIED].map((validator) => ({
      about: `a 304 by ${validator[0]} changes ${name}, for who asked and for the next`,
      steps: [kept([...STALE, validator, [name, before]]), holds([fresh, validator, [name, after]], { headers: seen }), reused({}, { headers: seen })],
    }))
  }),
  {
    about: 'a 304 leaves fields that it does not have',
    steps: [kept([...STALE, TAG, ['X-Own', 'a']]), holds(undefined, { headers: { 'x-own': 'a' } }), reused({}, { headers: { 'x-own': 'a' } })],
  },
  {
    about: 'a 304 changes neither length nor coding',
    steps: [
      kept([...STALE, TAG, ['Content-Encoding', 'x-own']]),
      holds([fresh, TAG, ['Content-Encoding', 'gzip']], { headers: { 'content-encoding': 'x-own', 'content-length': '5' } }),
    ],
  },
  { about: 'after a 304 the age begins anew', steps: [kept([...STALE, TAG]), holds(undefined, { headers: { age: /^\d$/ } }), reused({}, { headers: { age: /^\d$/ } })] },
  { about: 'after a 304 with an Age it goes on from that', steps: [kept([...STALE, TAG]), holds([fresh, TAG, ['Age', '50']], { headers: { age: /^5\d$/ } })] },
  { about: 'a 304 with no-store ends what was kept', steps: [kept([...STALE, TAG]), holds([cc('no-store'), TAG]), asked()] },
  {
    about: 'a 304 that nobody asked for by us is the client’s',
    steps: [kept([cc('no-store')]), { request: ifNone('"x"'), answer: { status: 304, headers: [['ETag', '"x"']] }, expect: { from: 'validation', status: 304, body: '' } }],
  },
]

const head = (headers: NonNullable<CacheStep['answer']>['headers'], status = 200): CacheStep => ({
  request: { method: 'HEAD' },
  answer: { status, headers, body: 'first' },
  expect: { from: 'validation', status, body: '' },
})

/** RFC 9111 4.3.5: what an answer to HEAD says of what is kept. */
export const HEADS: CacheCase[] = [
  {
    about: 'HEAD with the same tag makes it fresh again, with the new fields',
    steps: [kept([...STALE, TAG, ['X-Own', 'a']]), head([fresh, TAG, ['X-Own', 'b']]), reused({}, { headers: { 'x-own': 'b', etag: '"abc"' } })],
  },
  { about: 'HEAD with another tag ends it', steps: [kept([...STALE, TAG]), head([fresh, ['ETag', '"2"']]), asked()] },
  { about: 'HEAD with another length ends it', steps: [kept([...STALE, TAG], { body: 'longer' }), head([fresh, TAG]), asked()] },
  { about: 'HEAD with another date ends it', steps: [kept([...STALE, MODIFIED]), head([fresh, ['Last-Modified', 'Wed, 01 Jan 2025 00:00:00 GMT']]), asked()] },
  { about: 'HEAD that finds it gone ends it', steps: [kept([...STALE, TAG]), head([], 410), asked()] },
  { about: 'HEAD that fails ends nothing', steps: [kept([...STALE, TAG]), head([], 500), holds()] },
]

const seconds = (from: number, to: number) => ({ headers: [['Range', `bytes=${from}-${to}`]] }) as const
const range = (value: string, ...more: (readonly [string, string | number])[]) => ({ headers: [['Range', value], ...more] }) as const
const part = (request: CacheStep['request'], body: string, at: string): CacheStep =>
  reused(request, { status: 206, body, headers: { 'content-range': `bytes ${at}/5`, 'content-length': String(body.length) } })

/** RFC 9110 14 and RFC 9111 3.3: parts of what is kept. */
export const RANGES: CacheCase[] = [
  { about: 'the first bytes are cut from what is kept', steps: [kept([fresh]), part(seconds(0, 1), 'fi', '0-1')] },
  { about: 'and those in the middle', steps: [kept([fresh]), part(seconds(1, 3), 'irs', '1-3')] },
  { about: 'and those to the end', steps: [kept([fresh]), part(range('bytes=3-'), 'st', '3-4')] },
  { about: 'and the last', steps: [kept([fresh]), part(range('bytes=-2'), 'st', '3-4')] },
  { about: 'and one', steps: [kept([fresh]), part(seconds(4, 4), 't', '4-4')] },
  { about: 'an end beyond is the end', steps: [kept([fresh]), part(seconds(2, 900), 'rst', '2-4')] },
  { about: 'a suffix longer than all is all', steps: [kept([fresh]), part(range('bytes=-900'), 'first', '0-4')] },
  { about: 'a start beyond the end is 416', steps: [kept([fresh]), reused(range('bytes=5-'), { status: 416, body: '', headers: { 'content-range': 'bytes */5' } })] },
  { about: 'a suffix of nothing is 416', steps: [kept([fresh]), reused(range('bytes=-0'), { status: 416, body: '' })] },
  { about: 'several ranges are the whole', steps: [kept([fresh]), reused(range('bytes=0-1,3-4'), { status: 200 })] },
  { about: 'another unit is the whole', steps: [kept([fresh]), reused(range('lines=0-1'), { status: 200 })] },
  {
    about: 'a range that is none is the whole',
    steps: [kept([fresh]), reused(range('bytes=3-1'), { status: 200 }), reused(range('bytes=a-b'), { status: 200 }), reused(range('bytes=-'), { status: 200 })],
  },
  { about: 'HEAD has no part', steps: [kept([fresh]), reused({ method: 'HEAD', ...seconds(0, 1) }, { status: 200, body: '', headers: { 'content-length': '5' } })] },
  { about: 'If-Range with the strong tag is a part', steps: [kept([fresh, TAG]), part(range('bytes=0-1', ['If-Range', '"abc"']), 'fi', '0-1')] },
  { about: 'If-Range with another tag is the whole', steps: [kept([fresh, TAG]), reused(range('bytes=0-1', ['If-Range', '"x"']), { status: 200 })] },
  { about: 'If-Range with a weak tag is the whole', steps: [kept([fresh, ['ETag', 'W/"abc"']]), reused(range('bytes=0-1', ['If-Range', 'W/"abc"']), { status: 200 })] },
  { about: 'If-Range with the date is a part', steps: [kept([fresh, MODIFIED]), part(range('bytes=0-1', ['If-Range', 'Wed, 01 Jan 2020 00:00:00 GMT']), 'fi', '0-1')] },
  {
    about: 'If-Range with another date is the whole',
    steps: [kept([fresh, MODIFIED]), reused(range('bytes=0-1', ['If-Range', 'Wed, 01 Jan 2021 00:00:00 GMT']), { status: 200 })],
  },
  {
    about: 'a part has the fields of the whole',
    steps: [
      kept([fresh, TAG, ['X-Own', 'a']]),
      reused(seconds(0, 1), { status: 206, body: 'fi', headers: { etag: '"abc"', 'x-own': 'a', 'cache-control': 'max-age=3600', age: /^\d$/ } }),
    ],
  },
  { about: 'a condition goes before a range', steps: [kept([fresh, TAG]), reused(range('bytes=0-1', ['If-None-Match', '"abc"']), { status: 304, body: '' })] },
  { about: 'a range means nothing for another status than 200', steps: [kept([fresh], { status: 404 }), reused(seconds(0, 1), { status: 404 })] },
  {
    about: 'a part of what is not kept goes upstream, and is not kept',
    steps: [
      {
        request: seconds(0, 1),
        answer: { status: 206, headers: [fresh, ['Content-Range', 'bytes 0-1/5']], body: 'fi' },
        expect: { from: 'origin', status: 206, body: 'fi', sent: { range: 'bytes=0-1' } },
      },
      asked(),
    ],
  },
  {
    about: 'a whole answer to a range is passed on',
    steps: [{ request: seconds(0, 1), answer: { headers: [fresh], body: 'first' }, expect: { from: 'origin', status: 200, body: 'first' } }],
  },
]
