import { expect, test } from 'vitest'
import { addressOf, curlCommand, curlLines, quote, type Trial } from './try-canary.ts'

const route = { paths: ['/orders'], hosts: null, methods: null, headers: null }
const trial: Trial = { listen: '127.0.0.1:8000', pageHost: 'localhost', route, header: { name: 'x-canary', value: 'always' }, keyHeader: null }

test('the command forces the canary at a real node', () => {
  expect(curlCommand(trial)).toBe("curl -i \\\n  -H 'x-canary: always' \\\n  http://127.0.0.1:8000/orders")
})

test.each([
  ['0.0.0.0:8000', 'localhost:8000'],
  ['[::]:8000', 'localhost:8000'],
  [':::8000', 'localhost:8000'],
  ['127.0.0.1:8001', '127.0.0.1:8001'],
  ['[fd00::1]:8000', '[fd00::1]:8000'],
  ['node-1.example:80', 'node-1.example:80'],
])('a node that listens on %s is reached at %s', (listen, address) => {
  expect(addressOf(listen, 'localhost')).toBe(address)
})

test('the route decides method, host, path and headers', () => {
  const lines = curlLines({
    ...trial,
    route: { paths: ['~/o/\\d+', '/orders list'], hosts: ['*.shop.example'], methods: ['POST'], headers: { 'x-tier': ['gold', 'silver'], 'x-rx': ['~*^a'] } },
  })
  expect(lines).toEqual(['curl -i -X POST', "-H 'x-canary: always'", "-H 'Host: www.shop.example'", "-H 'x-tier: gold'", 'http://127.0.0.1:8000/orders%20list'])
})

test('a service that asks for a key has a place for it', () => {
  expect(curlLines({ ...trial, keyHeader: 'apikey' })).toContain("-H 'apikey: KEY'")
})

test('without a route the command still shows the way', () => {
  expect(curlLines({ ...trial, route: null }).at(-1)).toBe('http://127.0.0.1:8000/')
})

test('what a shell would read is quoted', () => {
  expect(quote("it's $HOME")).toBe("'it'\\''s $HOME'")
})
