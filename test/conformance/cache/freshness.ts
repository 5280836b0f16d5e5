import { asksAgain, type CacheCase, kept, reused, reuses } from './cache-case.ts'

const cc = (value: string) => ['Cache-Control', value] as const

/** RFC 9111 4.2: how long an answer is fresh, and how old it is. */
export const FRESHNESS: CacheCase[] = [
  reuses('max-age makes an answer fresh', [cc('max-age=3600')]),
  reuses('s-maxage goes before max-age', [cc('max-age=0, s-maxage=3600')]),
  asksAgain('s-maxage=0 goes before max-age', [cc('max-age=3600, s-maxage=0')]),
  reuses('max-age goes before Expires', [cc('max-age=3600'), ['Expires', -3600], ['Date', 0]]),
  asksAgain('max-age=0 goes before Expires', [cc('max-age=0'), ['Expires', 3600], ['Date', 0]]),
  reuses('Expires in the future makes an answer fresh', [
    ['Expires', 3600],
    ['Date', 0],
  ]),
  asksAgain('Expires in the past makes it stale', [
    ['Expires', -3600],
    ['Date', 0],
  ]),
  asksAgain('Expires now makes it stale', [
    ['Expires', 0],
    ['Date', 0],
  ]),
  asksAgain('Expires 0 is in the past', [
    ['Expires', '0'],
    ['Date', 0],
  ]),
  asksAgain('Expires -1 is in the past', [
    ['Expires', '-1'],
    ['Date', 0],
  ]),
  reuses('Expires counts from Date', [
    ['Expires', 3600],
    ['Date', -10],
  ]),
  asksAgain('Expires counts from Date, and so does the age', [
    ['Expires', -100],
    ['Date', -200],
  ]),
  asksAgain('of two Expires the earlier counts', [
    ['Expires', 3600],
    ['Expires', -3600],
    ['Date', 0],
  ]),
  asksAgain('Expires in another zone is none', [
    ['Expires', 'Thu, 18 Aug 2050 02:01:18 UTC'],
    ['Date', 0],
  ]),
  asksAgain('Expires with a two-digit year of another form is none', [
    ['Expires', 'Thu, 18 Aug 50 02:01:18 GMT'],
    ['Date', 0],
  ]),
  asksAgain('Expires with periods in its time is none', [
    ['Expires', 'Thu, 18 Aug 2050 02.01.18 GMT'],
    ['Date', 0],
  ]),
  asksAgain('Expires with a one-digit hour is none', [
    ['Expires', 'Thu, 18 Aug 2050 2:01:18 GMT'],
    ['Date', 0],
  ]),
  asksAgain('Expires without a comma is none', [
    ['Expires', 'Thu 18 Aug 2050 02:01:18 GMT'],
    ['Date', 0],
  ]),
  reuses('Expires of asctime form is one', [
    ['Expires', 'Thu Aug 18 02:01:18 2050'],
    ['Date', 0],
  ]),
  reuses('Expires without Date counts from now', [['Expires', 3600]]),
  reuses('max-age without Date counts from now', [cc('max-age=3600')]),
  asksAgain('without anything an answer is not kept', [
    ['Last-Modified', -100_000_000],
    ['Date', 0],
  ]),
  asksAgain('an ETag alone makes nothing fresh', [['ETag', '"a"']]),
  {
    about: 'heuristics count where they are wanted',
    config: { heuristic_freshness: true },
    steps: [
      kept([
        ['Last-Modified', -100_000_000],
        ['Date', 0],
      ]),
      reused(),
    ],
  },
  { ...asksAgain('heuristics need Last-Modified', [['Date', 0]]), config: { heuristic_freshness: true } },
  {
    ...asksAgain(
      'heuristics leave statuses alone that are not for them',
      [
        ['Last-Modified', -100_000_000],
        ['Date', 0],
      ],
      { status: 403 },
    ),
    config: { heuristic_freshness: true },
  },
  {
    ...reuses('public lets heuristics count for any status', [cc('public'), ['Last-Modified', -100_000_000], ['Date', 0]], { status: 403 }),
    config: { heuristic_freshness: true },
  },

  reuses('an argument in quotes counts', [cc('max-age="3600"')]),
  asksAgain('an argument in single quotes is no number', [cc("max-age='3600'")]),
  asksAgain('a negative max-age makes it stale', [cc('max-age=-3600')]),
  asksAgain('a max-age with a fraction makes it stale', [cc('max-age=3600.0')]),
  asksAgain('a max-age that begins with a digit is no number', [cc('max-age=3600a')]),
  asksAgain('a max-age without a number makes it stale', [cc('max-age')]),
  asksAgain('a max-age with a blank around its equals sign is none', [cc('max-age = 3600')]),
  reuses('a max-age of 2^31 is fresh', [cc('max-age=2147483648')]),
  reuses('a max-age beyond 2^31 is fresh', [cc('max-age=99999999999')]),
  reuses('a max-age beyond 2^63 is fresh', [cc('max-age=99999999999999999999999')]),
  reuses('names of directives compare without case', [cc('MaX-aGe=3600')]),
  reuses('leading zeros are digits', [cc('max-age=003600')]),
  asksAgain('of two max-age the least counts', [cc('max-age=3600, max-age=0')]),
  asksAgain('of two max-age in two lines the least counts', [cc('max-age=0'), cc('max-age=3600')]),
  reuses('a max-age in a second line counts', [cc('public'), cc('max-age=3600')]),
  asksAgain('what is in the quotes of another directive is none', [cc('extension="max-age=3600"')]),
  asksAgain('what is in the quotes of another directive is none, behind a comma', [cc('extension="a, max-age=3600"')]),
  reuses('an unknown directive with quotes and a comma is passed by', [cc('extension="a, no-store", max-age=3600')]),
  reuses('an unknown directive is passed by', [cc('foobar, max-age=3600')]),
  reuses('empty members are passed by', [cc(',, max-age=3600 ,')]),
  asksAgain('x-max-age is another directive', [cc('x-max-age=3600')]),
  asksAgain('max-age in another directive’s argument is none', [cc('foo=max-age=3600')]),

  asksAgain('Age counts', [cc('max-age=3600'), ['Age', '7200']]),
  reuses('an Age within max-age leaves it fresh', [cc('max-age=3600'), ['Age', '1800']]),
  asksAgain('an Age equal to max-age makes it stale', [cc('max-age=3600'), ['Age', '3600']]),
  reuses('an Age that is no number does not count', [cc('max-age=3600'), ['Age', 'abc']]),
  reuses('a negative Age does not count', [cc('max-age=3600'), ['Age', '-7200']]),
  reuses('an Age with a fraction does not count', [cc('max-age=3600'), ['Age', '7200.0']]),
  asksAgain('an Age beyond 2^31 counts', [cc('max-age=3600'), ['Age', '2147483649']]),
  asksAgain('an Age beyond 2^63 counts', [cc('max-age=3600'), ['Age', '99999999999999999999']]),
  asksAgain('of several Age values the first counts, when it is old', [cc('max-age=3600'), ['Age', '7200, 0']]),
  reuses('of several Age values the first counts, when it is young', [cc('max-age=3600'), ['Age', '0, 7200']]),
  asksAgain('of several Age lines the first counts', [cc('max-age=3600'), ['Age', '7200'], ['Age', '0']]),
  asksAgain('a Date in the past is an age', [cc('max-age=3600'), ['Date', -7200]]),
  reuses('a Date in the past within max-age leaves it fresh', [cc('max-age=3600'), ['Date', -1800]]),
  reuses('a Date in the future is no age', [cc('max-age=3600'), ['Date', 7200]]),
  reuses('a Date that is none counts as now', [cc('max-age=3600'), ['Date', 'yesterday']]),
  asksAgain('the larger of Age and what Date says counts', [cc('max-age=3600'), ['Date', -10], ['Age', '7200']]),

  { about: 'a kept answer has an Age', steps: [kept([cc('max-age=3600')]), reused({}, { headers: { age: /^[0-9]$/ } })] },
  { about: 'the Age of a kept answer goes on from the one that it came with', steps: [kept([cc('max-age=3600'), ['Age', '100']]), reused({}, { headers: { age: /^10\d$/ } })] },
  { about: 'the Age of a kept answer counts from its Date', steps: [kept([cc('max-age=3600'), ['Date', -100]]), reused({}, { headers: { age: /^10\d$/ } })] },
  { about: 'a kept answer has one Age', steps: [kept([cc('max-age=3600'), ['Age', '5'], ['Age', '9']]), reused({}, { headers: { age: /^\d+$/ } })] },
  {
    about: 'a kept answer has the Date that it came with',
    steps: [kept([cc('max-age=3600'), ['Date', 'Thu, 18 Aug 2050 02:01:18 GMT']]), reused({}, { headers: { date: 'Thu, 18 Aug 2050 02:01:18 GMT' } })],
  },
  { about: 'an answer without Date has one when it is kept', steps: [kept([cc('max-age=3600')]), reused({}, { headers: { date: /GMT$/ } })] },
]
