import { hash, verify } from '@node-rs/argon2'

/** Passwords of operators: 12 to 128 characters, none of those that are tried first. */
export const PASSWORD_LENGTH = { min: 12, max: 128 } as const

/** OWASP's floor for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** What lists of leaked passwords have most of at this length, besides repetitions and runs, which are found by rule. */
const COMMON = [
  'password',
  'passw0rd',
  'letmein',
  'qwerty',
  'iloveyou',
  'administrator',
  'welcome',
  'changeme',
  'football',
  'baseball',
  'sunshine',
  'princess',
  'superman',
  'trustno1',
  'sluice',
]

export function hashPassword(password: string): Promise<string> {
  return hash(password, COST)
}

export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  return verify(stored, password).catch(() => false)
}

let decoy: Promise<string> | null = null

/** Takes as long as a real check, so that an unknown address cannot be told from a wrong password by the clock. */
export async function verifyAgainstNothing(password: string): Promise<false> {
  decoy ??= hashPassword('no operator has this password')
  await verifyPassword(await decoy, password)
  return false
}

/** Why a password is refused, or null where it is good. */
export function passwordProblem(password: string, email: string): string | null {
  if (password.length < PASSWORD_LENGTH.min) return `must have at least ${PASSWORD_LENGTH.min} characters`
  if (password.length > PASSWORD_LENGTH.max) return `must have at most ${PASSWORD_LENGTH.max} characters`
  const plain = password.toLowerCase()
  if (new Set(plain).size < 5) return 'repeats few characters; a few unrelated words make a good one'
  const rest = COMMON.reduce((text, word) => text.replaceAll(word, ''), plain.replaceAll(email.toLowerCase(), '')).replace(/0?1?23456789?0?|abcdef\w*/g, '')
  return rest.length < 6 ? 'is among the first that are tried; a few unrelated words make a good one' : null
}
