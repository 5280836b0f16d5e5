import { expect, test } from 'vitest'
import { matchesOf } from './matches.ts'
import { routeAdvice } from './route-form.ts'

const NONE = { methods: null, hosts: null, paths: null, headers: null, snis: null }

test('a row says the first host and path and counts the others', () => {
  expect(matchesOf({ ...NONE, methods: ['GET'], hosts: ['a.example', 'b.example'], paths: ['/a', '/b', '/c'] })).toEqual({
    methods: ['GET'],
    host: 'a.example',
    path: '/a',
    more: ['1 more host', '2 more paths'],
  })
})

test('headers and server names are conditions too', () => {
  expect(matchesOf({ ...NONE, headers: { 'x-beta': ['1'] } }).more).toEqual(['header x-beta'])
  expect(matchesOf({ ...NONE, headers: { a: ['1'], b: ['2'] }, snis: ['x.example'] }).more).toEqual(['headers a, b', 'SNI x.example'])
})

test('a route without conditions of a kind says nothing about it', () => {
  expect(matchesOf(NONE)).toEqual({ methods: [], host: null, path: null, more: [] })
  expect(matchesOf({ ...NONE, hosts: [], paths: [], snis: [], headers: {} })).toEqual({ methods: [], host: null, path: null, more: [] })
})

test('a route that no node can serve is warned of at its protocols', () => {
  expect(routeAdvice({ protocols: ['http', 'https'] })).toEqual({})
  expect(routeAdvice({ protocols: ['grpc'] }).protocols).toContain('grpc alone')
})

test('a route without a service is warned of, one that is still being chosen is not', () => {
  expect(routeAdvice({ protocols: ['http'], service: null }).service).toContain('503')
  expect(routeAdvice({ protocols: ['http'] }).service).toBeUndefined()
  expect(routeAdvice({ protocols: ['http'], service: { id: 'x' } }).service).toBeUndefined()
})
