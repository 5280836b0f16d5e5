import { asked, type CacheCase, type CacheStep, kept, reused, reuses } from './cache-case.ts'

const cc = (value: string) => ['Cache-Control', value] as const
const says = (value: string) => ({ headers: [cc(value)] }) as const
const fresh = cc('max-age=3600')
const TAG = ['ETag', '"abc"'] as const
const aged = (ageS: number, more = '') => [cc(`max-age=3600${more}`), ['Age', String(ageS)]] as const

/** RFC 9111 5.2.1 and 5.4: what a request says. */
export const REQUESTS: CacheCase[] = [
  { about: 'no-cache asks the upstream', steps: [kept([fresh]), asked(says('no-cache'))] },
  {
    about: 'no-cache asks about what is kept',
    steps: [kept([fresh, TAG]), { request: says('no-cache'), answer: { status: 304, headers: [fresh, TAG] }, expect: { from: 'validation', status: 200, body: 'first' } }],
  },
  { about: 'what no-cache brings is kept', steps: [kept([fresh]), asked(says('no-cache'), {}, { headers: [fresh] }), reused({}, { body: 'second' })] },
  { about: 'Pragma: no-cache is one', steps: [kept([fresh]), asked({ headers: [['Pragma', 'no-cache']] })] },
  { about: 'Pragma means nothing beside Cache-Control', steps: [kept([fresh]), reused({ headers: [['Pragma', 'no-cache'], cc('max-age=60')] })] },
  { about: 'Pragma with another word means nothing', steps: [kept([fresh]), reused({ headers: [['Pragma', 'foo']] })] },
  { about: 'no-store passes by, and is not kept', steps: [{ request: says('no-store'), answer: { headers: [fresh], body: 'x' }, expect: { from: 'origin' } }, asked()] },
  { about: 'max-age=0 asks the upstream for what is older', steps: [kept([...aged(10)]), asked(says('max-age=0'))] },
  { about: 'max-age=0 asks the upstream for what is as young as can be', steps: [kept([fresh]), asked(says('max-age=0'))] },
  { about: 'max-age asks for what is older', steps: [kept([...aged(1800)]), asked(says('max-age=600'))] },
  { about: 'max-age takes what is younger', steps: [kept([...aged(1800)]), reused(says('max-age=2400'))] },
  { about: 'min-fresh takes what is fresh for long enough', steps: [kept([...aged(1800)]), reused(says('min-fresh=1200'))] },
  { about: 'min-fresh asks for what is not', steps: [kept([...aged(1800)]), asked(says('min-fresh=2400'))] },
  { about: 'max-stale takes what is stale for less', steps: [kept([...aged(4000)]), asked(), kept([...aged(4000), TAG]), reused(says('max-stale=1000'))] },
  {
    about: 'max-stale asks for what is stale for longer',
    steps: [kept([...aged(5000), TAG]), { request: says('max-stale=1000'), answer: { body: 'second' }, expect: { from: 'validation', body: 'second' } }],
  },
  { about: 'max-stale without a number takes anything', steps: [kept([...aged(90_000), TAG]), reused(says('max-stale'))] },
  ...['must-revalidate', 'proxy-revalidate', 's-maxage=60'].map(
    (directive): CacheCase => ({
      about: `max-stale takes nothing that has ${directive}`,
      steps: [kept([...aged(4000, `, ${directive}`), TAG]), { request: says('max-stale'), answer: { body: 'second' }, expect: { from: 'validation', body: 'second' } }],
    }),
  ),
  { about: 'only-if-cached takes what is kept', steps: [kept([fresh]), reused(says('only-if-cached'))] },
  { about: 'only-if-cached is 504 without it', steps: [{ request: says('only-if-cached'), expect: { from: 'cache', status: 504 } }] },
  { about: 'only-if-cached is 504 for what is stale', steps: [kept([...aged(4000), TAG]), { request: says('only-if-cached'), expect: { from: 'cache', status: 504 } }] },
  { about: 'an unknown directive means nothing', steps: [kept([fresh]), reused(says('foobar=1'))] },
]

const fails: CacheStep = { answer: { breaksOff: 'at-once' }, expect: { from: 'validation', status: 502 } }
const survives = (more: Partial<CacheStep> = {}): CacheStep => ({ answer: { breaksOff: 'at-once' }, expect: { from: 'validation', status: 200, body: 'first' }, ...more })

/** RFC 9111 4.2.4 and RFC 5861: what may be given stale. */
export const STALE: CacheCase[] = [
  {
    about: 'stale-while-revalidate gives what is stale',
    steps: [kept([...aged(4000, ', stale-while-revalidate=1000')]), { answer: { headers: [fresh], body: 'first' }, expect: { from: 'background', body: 'first' } }],
  },
  { about: 'stale-while-revalidate ends', steps: [kept([...aged(4000, ', stale-while-revalidate=100')]), asked()] },
  {
    about: 'stale-while-revalidate counts beside s-maxage',
    steps: [kept([...aged(4000, ', s-maxage=3600, stale-while-revalidate=1000')]), { answer: { headers: [fresh], body: 'first' }, expect: { from: 'background', body: 'first' } }],
  },
  { about: 'must-revalidate goes before it', steps: [kept([...aged(4000, ', must-revalidate, stale-while-revalidate=1000')]), asked()] },
  { about: 'stale-if-error gives what is stale where the upstream fails', steps: [kept([...aged(4000, ', stale-if-error=1000'), TAG]), survives()] },
  ...[500, 502, 503, 504].map(
    (status): CacheCase => ({
      about: `stale-if-error gives what is stale instead of ${status}`,
      steps: [kept([...aged(4000, ', stale-if-error=1000'), TAG]), survives({ answer: { status, body: 'error' } })],
    }),
  ),
  {
    about: 'stale-if-error leaves 404 as it is',
    steps: [kept([...aged(4000, ', stale-if-error=1000'), TAG]), { answer: { status: 404, body: 'none' }, expect: { from: 'validation', status: 404, body: 'none' } }],
  },
  { about: 'stale-if-error ends', steps: [kept([...aged(4000, ', stale-if-error=100'), TAG]), fails] },
  { about: 'without it a failure is 502', steps: [kept([...aged(4000), TAG]), fails] },
  { about: 'a request may allow it', steps: [kept([...aged(4000), TAG]), survives({ request: says('stale-if-error=1000') })] },
  { about: 'the configuration may allow it', config: { stale_if_error: 1000 }, steps: [kept([...aged(4000), TAG]), survives()] },
  ...['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'].map(
    (directive): CacheCase => ({
      about: `the configuration does not allow it for ${directive}`,
      config: { stale_if_error: 1000 },
      steps: [kept([...aged(4000, `, ${directive}`), TAG]), fails],
    }),
  ),
  {
    about: 'what is given stale has its Age',
    steps: [kept([...aged(4000, ', stale-if-error=1000'), TAG]), survives({ expect: { from: 'validation', status: 200, headers: { age: /^40\d\d$/ } } })],
  },
  {
    about: 'a failure ends nothing that is kept',
    steps: [kept([...aged(4000), TAG]), fails, { answer: { status: 304, headers: [fresh, TAG] }, expect: { from: 'validation', status: 200, body: 'first' } }],
  },
]

/** RFC 9111 5.2.2: the rest of what an answer says. */
export const ANSWERS: CacheCase[] = [
  {
    about: 'no-cache asks about what is kept each time',
    steps: [
      kept([cc('max-age=3600, no-cache'), TAG]),
      { answer: { status: 304, headers: [cc('max-age=3600, no-cache'), TAG] }, expect: { from: 'validation', status: 200, body: 'first' } },
      { answer: { status: 304, headers: [TAG] }, expect: { from: 'validation', status: 200, body: 'first' } },
    ],
  },
  { about: 'no-cache without anything to ask by asks anew', steps: [kept([cc('max-age=3600, no-cache')]), asked()] },
  {
    about: 'no-cache is asked about with max-stale too',
    steps: [kept([cc('max-age=3600, no-cache'), TAG]), { request: says('max-stale=1000'), answer: { body: 'second' }, expect: { from: 'validation', body: 'second' } }],
  },
  { about: 'must-revalidate leaves fresh answers as they are', steps: [kept([cc('max-age=3600, must-revalidate')]), reused()] },
  { about: 'immutable means nothing to a shared cache', steps: [kept([cc('max-age=3600, immutable')]), reused()] },
  { about: 'no-transform is kept as it is', steps: [kept([cc('max-age=3600, no-transform')]), reused({}, { headers: { 'cache-control': 'max-age=3600, no-transform' } })] },
]

const cdn = (value: string) => ['CDN-Cache-Control', value] as const

/** RFC 9213: what is said to caches of this kind. */
export const TARGETED: CacheCase[] = [
  reuses('CDN-Cache-Control goes before Cache-Control', [cdn('max-age=3600'), cc('no-store')]),
  reuses('CDN-Cache-Control goes before Expires', [cdn('max-age=3600'), ['Expires', -3600]]),
  { about: 'CDN-Cache-Control keeps it out', steps: [kept([cdn('no-store'), fresh]), asked()] },
  { about: 'CDN-Cache-Control with max-age=0 makes it stale', steps: [kept([cdn('max-age=0'), fresh]), asked()] },
  { about: 'Expires does not count beside it', steps: [kept([cdn('foo'), ['Expires', 3600]]), asked()] },
  reuses('an empty one does not count', [cdn(''), fresh]),
  reuses('one that is no dictionary does not count', [cdn('max-age=0, &&&'), fresh]),
  reuses('a number in quotes is none', [cdn('max-age="0"'), fresh]),
  reuses('parameters of a member mean nothing', [cdn('max-age=3600;foo=bar'), cc('no-store')]),
  reuses('of two members with one name the last counts', [cdn('max-age=0, max-age=3600'), cc('no-store')]),
  { about: 'it is passed on', steps: [kept([cdn('max-age=3600')]), reused({}, { headers: { 'cdn-cache-control': 'max-age=3600' } })] },
  { about: 'where it is not wanted it does not count', config: { targeted_cache_control: [] }, steps: [kept([cdn('no-store'), fresh]), reused()] },
  {
    about: 'the first of several that are wanted counts',
    config: { targeted_cache_control: ['Sluice-Cache-Control', 'CDN-Cache-Control'] },
    steps: [kept([cdn('max-age=0'), ['Sluice-Cache-Control', 'max-age=3600']]), reused()],
  },
]

const writes = (method: string, answer: CacheStep['answer'] = {}, path?: string): CacheStep => ({
  request: { method, path, body: method === 'POST' ? 'x' : undefined },
  answer,
  expect: { from: 'origin' },
})

/** RFC 9111 4.4: what an unsafe request makes invalid. */
export const INVALIDATION: CacheCase[] = [
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH', 'MKCOL'].map(
    (method): CacheCase => ({ about: `${method} makes its target invalid`, steps: [kept([fresh]), reused(), writes(method), asked()] }),
  ),
  ...['HEAD', 'OPTIONS'].map((method): CacheCase => ({ about: `${method} does not`, steps: [kept([fresh]), ...(method === 'HEAD' ? [] : [writes(method)]), reused()] })),
  ...[201, 204, 302].map((status): CacheCase => ({ about: `POST with ${status} does`, steps: [kept([fresh]), writes('POST', { status }), asked()] })),
  ...[400, 404, 500].map((status): CacheCase => ({ about: `POST with ${status} does not`, steps: [kept([fresh]), writes('POST', { status }), reused()] })),
  { about: 'all variants are', steps: [kept([fresh, ['Vary', 'Foo']], {}, { headers: [['Foo', '1']] }), writes('POST'), asked({ headers: [['Foo', '1']] })] },
  { about: 'another query is not', steps: [kept([fresh], {}, { path: '?a=1' }), writes('POST', {}, '?a=2'), reused({ path: '?a=1' })] },
  { about: 'Location is', steps: [kept([fresh], {}, { path: '/a' }), writes('POST', { status: 201, headers: [['Location', 'a']] }, '/b'), asked({ path: '/a' })] },
  { about: 'Content-Location is', steps: [kept([fresh], {}, { path: '/a' }), writes('POST', { headers: [['Content-Location', 'a']] }, '/b'), asked({ path: '/a' })] },
  {
    about: 'Location of a failure is not',
    steps: [kept([fresh], {}, { path: '/a' }), writes('POST', { status: 500, headers: [['Location', 'a']] }, '/b'), reused({ path: '/a' })],
  },
  {
    about: 'Location of another origin is not',
    steps: [kept([fresh], {}, { path: '/a' }), writes('POST', { status: 201, headers: [['Location', 'http://other.test/a']] }, '/b'), reused({ path: '/a' })],
  },
  {
    about: 'a Location that is no URI is passed by',
    steps: [kept([fresh], {}, { path: '/a' }), writes('POST', { status: 201, headers: [['Location', 'http://[']] }, '/b'), reused({ path: '/a' })],
  },
]

/** RFC 9211 and the fields of Kong. */
export const TELLING: CacheCase[] = [
  {
    about: 'a miss that is kept',
    steps: [kept([fresh]), reused({}, { headers: { 'x-cache-status': 'Hit', 'cache-status': /^sluice; hit; ttl=3[56]\d\d$/, 'x-cache-key': /^[0-9a-f]{64}$/ } })],
  },
  {
    about: 'a miss',
    steps: [{ answer: { headers: [fresh] }, expect: { from: 'origin', headers: { 'x-cache-status': 'Miss', 'cache-status': 'sluice; fwd=uri-miss; fwd-status=200; stored' } } }],
  },
  {
    about: 'a miss of a variant',
    steps: [
      kept([fresh, ['Vary', 'Foo']], {}, { headers: [['Foo', '1']] }),
      asked({ headers: [['Foo', '2']] }, { headers: { 'cache-status': 'sluice; fwd=vary-miss; fwd-status=200' } }),
    ],
  },
  {
    about: 'an answer that is not kept',
    steps: [
      {
        answer: { headers: [cc('no-store')] },
        expect: { from: 'origin', headers: { 'x-cache-status': 'Bypass', 'cache-status': 'sluice; fwd=uri-miss; fwd-status=200', 'x-cache-key': /^[0-9a-f]{64}$/ } },
      },
    ],
  },
  {
    about: 'a request that passes by',
    steps: [
      { request: says('no-store'), answer: {}, expect: { from: 'origin', headers: { 'x-cache-status': 'Bypass', 'cache-status': 'sluice; fwd=bypass' }, absent: ['x-cache-key'] } },
    ],
  },
  {
    about: 'a method that passes by',
    steps: [{ request: { method: 'OPTIONS' }, answer: {}, expect: { from: 'origin', headers: { 'x-cache-status': 'Bypass', 'cache-status': 'sluice; fwd=method' } } }],
  },
  {
    about: 'no-cache',
    steps: [
      kept([fresh]),
      asked(
        says('no-cache'),
        { headers: { 'x-cache-status': 'Bypass', 'cache-status': 'sluice; fwd=request; fwd-status=200; stored' }, absent: ['x-cache-key'] },
        { headers: [fresh] },
      ),
    ],
  },
  {
    about: 'what was stale and holds',
    steps: [
      kept([...aged(4000), TAG]),
      {
        answer: { status: 304, headers: [fresh, TAG] },
        expect: { from: 'validation', headers: { 'x-cache-status': 'Refresh', 'cache-status': 'sluice; fwd=stale; fwd-status=304; stored' } },
      },
    ],
  },
  {
    about: 'what was stale and is new',
    steps: [
      kept([...aged(4000), TAG]),
      { answer: { headers: [fresh, TAG] }, expect: { from: 'validation', headers: { 'x-cache-status': 'Refresh', 'cache-status': 'sluice; fwd=stale; fwd-status=200; stored' } } },
    ],
  },
  {
    about: 'what is given stale',
    steps: [kept([...aged(4000, ', stale-if-error=1000'), TAG]), { answer: { status: 503 }, expect: { from: 'validation', status: 200, headers: { 'x-cache-status': 'Hit' } } }],
  },
  {
    about: 'what caches behind us said comes first',
    steps: [kept([fresh, ['Cache-Status', 'far; hit']]), reused({}, { headers: { 'cache-status': /^far; hit, sluice; hit; ttl=\d+$/ } })],
  },
  { about: 'the key is the same for the same', steps: [kept([fresh], {}, { path: '?a=1&b=2' }), reused({ path: '?b=2&a=1' })] },
  {
    about: 'nothing where nothing is to be told',
    config: { response_headers: { age: false, 'X-Cache-Status': false, 'X-Cache-Key': false, 'Cache-Status': false } },
    steps: [kept([fresh]), reused({}, { absent: ['x-cache-status', 'x-cache-key', 'cache-status'], headers: { age: /^\d$/ } })],
  },
]
