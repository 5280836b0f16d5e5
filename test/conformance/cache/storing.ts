import { asked, asksAgain, type CacheCase, kept, reused, reuses } from './cache-case.ts'

const cc = (value: string) => ['Cache-Control', value] as const
const fresh = cc('max-age=3600')
const AUTHORIZED = { headers: [['Authorization', 'Basic YTpi']] } as const

const STATUSES = [200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599]

/** RFC 9111 3: what is kept, and what of it. */
export const STORING: CacheCase[] = [
  ...STATUSES.map((status): CacheCase => {
    const body = status === 204 ? '' : 'first'
    return { about: `${status} with explicit freshness is kept`, steps: [kept([fresh], { status }), reused({}, { status, body })] }
  }),
  ...STATUSES.filter((status) => status !== 204).map((status): CacheCase => asksAgain(`a stale ${status} is asked for again`, [cc('max-age=60'), ['Age', '100']], { status })),
  ...[200, 404, 599].map((status) => asksAgain(`no-store keeps ${status} out`, [cc('max-age=3600, no-store')], { status })),
  asksAgain('206 is not kept', [fresh, ['Content-Range', 'bytes 0-4/10']], { status: 206 }),
  asksAgain('private keeps it out', [cc('max-age=3600, private')]),
  asksAgain('private keeps it out whatever else is said', [cc('private, public, s-maxage=3600')]),
  asksAgain('no-store goes before public', [cc('public, no-store, max-age=3600')]),
  asksAgain('NO-STORE compares without case', [cc('max-age=3600, No-StOrE')]),
  reuses('no-store in quotes of another directive is none', [cc('max-age=3600, foo="no-store"')]),
  reuses('must-understand goes before no-store for a status that is understood', [cc('max-age=3600, no-store, must-understand')]),
  asksAgain('must-understand keeps a status out that is not understood', [cc('max-age=3600, no-store, must-understand')], { status: 299 }),
  asksAgain('must-understand keeps it out without no-store too', [cc('max-age=3600, must-understand')], { status: 599 }),
  asksAgain('an answer that says nothing is not kept', []),
  asksAgain('a status with a body of another range of meaning is not kept without freshness', [], { status: 404 }),
  { about: 'Pragma of an answer means nothing', steps: [kept([fresh, ['Pragma', 'no-cache']]), reused()] },

  { about: 'an answer to a request with Authorization is not kept', steps: [kept([fresh], {}, AUTHORIZED), asked(AUTHORIZED)] },
  { about: 'an answer to a request with Authorization is not for others', steps: [kept([fresh], {}, AUTHORIZED), asked()] },
  { about: 'public allows it', steps: [kept([cc('public, max-age=3600')], {}, AUTHORIZED), reused(AUTHORIZED)] },
  { about: 's-maxage allows it', steps: [kept([cc('s-maxage=3600')], {}, AUTHORIZED), reused(AUTHORIZED)] },
  { about: 'must-revalidate allows it', steps: [kept([cc('max-age=3600, must-revalidate')], {}, AUTHORIZED), reused(AUTHORIZED)] },
  { about: 'proxy-revalidate does not', steps: [kept([cc('max-age=3600, proxy-revalidate')], {}, AUTHORIZED), asked(AUTHORIZED)] },
  { about: 'what is kept for all is for those with Authorization too', steps: [kept([fresh]), reused(AUTHORIZED)] },

  {
    about: 'all other fields are kept',
    steps: [kept([fresh, ['X-Own', 'a, "b"'], ['Content-Language', 'de']]), reused({}, { headers: { 'x-own': 'a, "b"', 'content-language': 'de' } })],
  },
  { about: 'lines of one field are all kept', steps: [kept([fresh, ['X-Own', 'a'], ['X-Own', 'b']]), reused({}, { headers: { 'x-own': 'a, b' } })] },
  { about: 'a field without value is kept', steps: [kept([fresh, ['X-Own', '']]), reused({}, { headers: { 'x-own': '' } })] },
  { about: 'Set-Cookie is kept where freshness is explicit', steps: [kept([fresh, ['Set-Cookie', 'a=b']]), reused({}, { headers: { 'set-cookie': /a=b/ } })] },
  ...['Proxy-Authenticate', 'Proxy-Authentication-Info', 'Keep-Alive', 'Proxy-Connection'].map(
    (name): CacheCase => ({ about: `${name} is not kept`, steps: [kept([fresh, [name, 'Basic realm="a"']]), reused({}, { absent: [name.toLowerCase()] })] }),
  ),
  { about: 'fields that Connection names are not kept', steps: [kept([fresh, ['Connection', 'X-Own'], ['X-Own', 'a']]), reused({}, { absent: ['x-own'] })] },
  {
    about: 'fields that no-cache names go to the one who asked alone',
    steps: [kept([cc('max-age=3600, no-cache="x-own, set-cookie"'), ['X-Own', 'a'], ['Set-Cookie', 'a=b']]), reused({}, { absent: ['x-own', 'set-cookie'] })],
  },
  {
    about: 'fields that private names go to the one who asked alone',
    steps: [kept([cc('max-age=3600, private="x-own"'), ['X-Own', 'a']]), reused({}, { absent: ['x-own'] })],
  },
  { about: 'a length is that of the body', steps: [kept([fresh]), reused({}, { headers: { 'content-length': '5' } })] },

  {
    about: 'an answer that breaks off is not kept',
    steps: [{ answer: { headers: [fresh], body: 'first', breaksOff: 'in-body' }, expect: { from: 'origin', isCut: true } }, asked()],
  },
  { about: 'an answer without a body is kept', steps: [kept([fresh], { body: '' }), reused({}, { body: '' })] },
  { about: 'an answer after an interim one is kept', steps: [kept([fresh], { interim: 103 }), reused()] },
  { about: 'an answer that is too long is not kept', steps: [kept([fresh], { body: 'x'.repeat(9 * 1024 * 1024) }), asked()] },

  ...['HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'MKCOL'].map(
    (method): CacheCase => ({
      about: `an answer to ${method} is none for GET`,
      steps: [{ request: { method }, answer: { headers: [fresh] }, expect: { from: 'origin' } }, asked()],
    }),
  ),
  { about: 'HEAD is answered from an answer to GET', steps: [kept([fresh]), reused({ method: 'HEAD' }, { body: '', headers: { 'content-length': '5' } })] },
  { about: 'the query is part of the key', steps: [kept([fresh], {}, { path: '?a=1' }), asked({ path: '?a=2' }), reused({ path: '?a=1' })] },
  { about: 'an empty query is none', steps: [kept([fresh], {}, { path: '?' }), reused({ path: '?' })] },
  { about: 'the path compares with case', steps: [kept([fresh], {}, { path: '/a' }), asked({ path: '/A' })] },
  { about: 'forms of one path are one', steps: [kept([fresh], {}, { path: '/%61/b' }), reused({ path: '/a/x/../b' })] },
  {
    about: 'the host is part of the key',
    steps: [kept([fresh], {}, { headers: [['Host', 'a.test']] }), asked({ headers: [['Host', 'b.test']] }), reused({ headers: [['Host', 'A.test']] })],
  },
  { about: 'a GET with a body goes upstream', steps: [kept([fresh]), asked({ body: 'x' })] },
]

const names = (value: string) => ['Vary', value] as const
const foo = (value: string) => ({ headers: [['Foo', value]] }) as const

/** RFC 9111 4.1: answers that differ in fields of the request. */
export const VARY: CacheCase[] = [
  { about: 'the same value is answered from the cache', steps: [kept([fresh, names('Foo')], {}, foo('1')), reused(foo('1'))] },
  { about: 'another value is not', steps: [kept([fresh, names('Foo')], {}, foo('1')), asked(foo('2'))] },
  { about: 'no value is another one', steps: [kept([fresh, names('Foo')], {}, foo('1')), asked()] },
  { about: 'a value is another one than none', steps: [kept([fresh, names('Foo')]), asked(foo('1'))] },
  { about: 'an empty value is another one than none', steps: [kept([fresh, names('Foo')]), asked(foo(''))] },
  { about: 'none is the same as none', steps: [kept([fresh, names('Foo')]), reused()] },
  {
    about: 'several variants are kept beside each other',
    steps: [kept([fresh, names('Foo')], {}, foo('1')), { ...asked(foo('2'), {}, { headers: [fresh, names('Foo')] }) }, reused(foo('1')), reused(foo('2'), { body: 'second' })],
  },
  { about: 'names compare without case', steps: [kept([fresh, names('fOO')], {}, { headers: [['foo', '1']] }), reused({ headers: [['FOO', '1']] })] },
  {
    about: 'several names count all',
    steps: [
      kept(
        [fresh, names('Foo, Bar')],
        {},
        {
          headers: [
            ['Foo', '1'],
            ['Bar', '2'],
          ],
        },
      ),
      asked({
        headers: [
          ['Foo', '1'],
          ['Bar', '3'],
        ],
      }),
      reused({
        headers: [
          ['Bar', '2'],
          ['Foo', '1'],
        ],
      }),
    ],
  },
  {
    about: 'several lines of Vary count all',
    steps: [
      kept(
        [fresh, names('Foo'), names('Bar')],
        {},
        {
          headers: [
            ['Foo', '1'],
            ['Bar', '2'],
          ],
        },
      ),
      asked({
        headers: [
          ['Foo', '1'],
          ['Bar', '3'],
        ],
      }),
    ],
  },
  { about: 'blanks around commas mean nothing', steps: [kept([fresh, names('Foo')], {}, foo('1,2')), reused(foo('1 ,  2'))] },
  {
    about: 'lines of one field are one value',
    steps: [
      kept([fresh, names('Foo')], {}, foo('1, 2')),
      reused({
        headers: [
          ['Foo', '1'],
          ['Foo', '2'],
        ],
      }),
    ],
  },
  { about: 'the order of a list counts where nobody says that it does not', steps: [kept([fresh, names('Foo')], {}, foo('1, 2')), asked(foo('2, 1'))] },
  { about: 'case of a value counts', steps: [kept([fresh, names('Foo')], {}, foo('a')), asked(foo('A'))] },
  {
    about: 'Accept-Encoding compares without order, case and blanks',
    steps: [kept([fresh, names('Accept-Encoding')], {}, { headers: [['Accept-Encoding', 'gzip, br;q=0.5']] }), reused({ headers: [['Accept-Encoding', 'BR; q=0.5,gzip']] })],
  },
  {
    about: 'Accept-Language compares its weights',
    steps: [kept([fresh, names('Accept-Language')], {}, { headers: [['Accept-Language', 'en, de']] }), asked({ headers: [['Accept-Language', 'en, de;q=0.5']] })],
  },
  asksAgain('Vary * matches nothing', [fresh, names('*')]),
  asksAgain('Vary * among others matches nothing', [fresh, names('Foo, *')]),
  asksAgain('Vary * in a second line matches nothing', [fresh, names('Foo'), names('*')]),
  asksAgain('Vary * behind an empty member matches nothing', [fresh, names(', *')]),
  reuses('an empty Vary names nothing', [fresh, names('')]),
  {
    about: 'fields that Vary does not name mean nothing',
    steps: [
      kept(
        [fresh, names('Foo')],
        {},
        {
          headers: [
            ['Foo', '1'],
            ['Other', 'a'],
          ],
        },
      ),
      reused({
        headers: [
          ['Foo', '1'],
          ['Other', 'b'],
        ],
      }),
    ],
  },
  {
    about: 'HEAD is answered from the variant that fits',
    steps: [kept([fresh, names('Foo')], {}, foo('1')), reused({ method: 'HEAD', ...foo('1') }, { body: '' }), asked({ method: 'HEAD', ...foo('2') }, { body: '' })],
  },
  {
    about: 'the newest answer counts where several fit',
    steps: [
      kept([cc('max-age=3600, stale-if-error=1'), names('Foo')], {}, foo('1')),
      asked(
        {
          headers: [
            ['Foo', '1'],
            ['Cache-Control', 'no-cache'],
          ],
        },
        {},
        { headers: [fresh] },
      ),
      reused(foo('1'), { body: 'second' }),
    ],
  },
]
