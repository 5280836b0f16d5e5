import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NodeCredential } from './credential.ts'

const TOKEN = 'sluice_join_token'
let dataDir: string

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-credential-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const kinds = (credential: NodeCredential, token: string | null = TOKEN) => credential.bearers(token).map(({ kind }) => kind)
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('a node without anything has nothing to dial with', () => {
  expect(kinds(new NodeCredential(dataDir), null)).toEqual([])
})

test('a node that was given a token dials with the token', () => {
  expect(new NodeCredential(dataDir).bearers(TOKEN)).toEqual([{ kind: 'join token', text: TOKEN }])
})

test('the credential is on disk, for its owner alone, before its hash is known to anybody', () => {
  const hash = new NodeCredential(dataDir).enrolmentSha256()
  const file = join(dataDir, 'credential.pending')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(sha256(readFileSync(file, 'utf8'))).toBe(hash)
  expect(existsSync(join(dataDir, 'credential'))).toBe(false)
})

test('it has 256 bits, and each node makes its own', () => {
  new NodeCredential(dataDir).enrolmentSha256()
  const first = readFileSync(join(dataDir, 'credential.pending'), 'utf8')
  rmSync(join(dataDir, 'credential.pending'))
  new NodeCredential(dataDir).enrolmentSha256()
  expect(first).toMatch(/^[0-9a-f]{64}$/)
  expect(readFileSync(join(dataDir, 'credential.pending'), 'utf8')).not.toBe(first)
})

test('a node that was killed while it enrolled comes back with the same credential', () => {
  const hash = new NodeCredential(dataDir).enrolmentSha256()
  expect(new NodeCredential(dataDir).enrolmentSha256()).toBe(hash)
})

test('a node whose acceptance was not heard tries its token, then the credential itself', () => {
  new NodeCredential(dataDir).enrolmentSha256()
  expect(kinds(new NodeCredential(dataDir))).toEqual(['join token', 'credential'])
  const [pending] = new NodeCredential(dataDir).bearers(null)
  new NodeCredential(dataDir).accepted(pending ?? { kind: 'credential', text: '' })
  expect(existsSync(join(dataDir, 'credential'))).toBe(true)
})

test('once accepted, the credential comes first and alone is enough', () => {
  const credential = new NodeCredential(dataDir)
  const hash = credential.enrolmentSha256()
  credential.accepted({ kind: 'join token', text: TOKEN })
  expect(existsSync(join(dataDir, 'credential.pending'))).toBe(false)
  const [first] = new NodeCredential(dataDir).bearers(null)
  expect(first?.kind).toBe('credential')
  expect(sha256(first?.text ?? '')).toBe(hash)
  expect(kinds(credential)).toEqual(['credential', 'join token'])
})

test('a node that joins anew takes a new credential, and keeps the former until that is accepted', () => {
  const credential = new NodeCredential(dataDir)
  const former = credential.enrolmentSha256()
  credential.accepted({ kind: 'join token', text: TOKEN })
  const fresh = credential.enrolmentSha256()
  expect(fresh).not.toBe(former)
  expect(sha256(credential.bearers(null)[0]?.text ?? '')).toBe(former)
  credential.accepted({ kind: 'join token', text: TOKEN })
  expect(credential.bearers(null).map(({ text }) => sha256(text))).toEqual([fresh])
})

test('an acceptance of the credential in use changes nothing', () => {
  const credential = new NodeCredential(dataDir)
  credential.enrolmentSha256()
  credential.accepted({ kind: 'join token', text: TOKEN })
  const [bearer] = credential.bearers(null)
  credential.enrolmentSha256()
  credential.accepted(bearer ?? { kind: 'credential', text: '' })
  expect(existsSync(join(dataDir, 'credential.pending'))).toBe(true)
})

test('a file that was cut or holds something else is not offered', () => {
  writeFileSync(join(dataDir, 'credential'), 'abc')
  expect(kinds(new NodeCredential(dataDir))).toEqual(['join token'])
})
