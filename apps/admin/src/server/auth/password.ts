import { hash, verify } from '@node-rs/argon2'

/** Passwords of operators: 12 to 128 characters, none of those that are tried first. */
export const PASSWORD_LENGTH = { min: 12, max: 128 } as const

/** OWASP's floor for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** The words that lists of leaked passwords of this length are mostly made of, as they are after `plainOf`. */
const COMMON = (
  'password passwort motdepasse contrasena letmein qwerty azerty iloveyou administrator admin welcome changeme football baseball basketball ' +
  'sunshine princess superman batman starwars pokemon trustnoi sluice dragon monkey master shadow michael jordan liverpool chelsea arsenal ' +
  'charlie computer internet samsung google summer winter spring autumn january february monday secret login guest server database whatever ' +
  'freedom flower cheese killer soccer hockey ranger buster thomas robert jennifer jessica michelle daniel matthew andrew joshua ashley nicole ' +
  'default operator gateway company temporary'
).split(' ')

/** Neighbours on keyboards and in counting. */
const TRACKS = ['qwertyuiop', 'qwertzuiop', 'azertyuiop', 'asdfghjkl', 'zxcvbnm', '01234567890', 'abcdefghijklmnopqrstuvwxyz', '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p']
const RUNS = TRACKS.flatMap((track) => [track, [...track].reverse().join('')])
const RUN_LENGTH_MIN = 4
/** So much must be left of a password without its runs, its common words and its repetitions. */
const REST_LENGTH_MIN = 6

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

const LEET: Readonly<Record<string, string>> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' }
const plainOf = (text: string) => text.replace(/[013457@$!]/g, (sign) => LEET[sign] ?? sign)

/** Length of the longest run that begins at `start`; 0 where there is none worth the name. */
function runAt(text: string, start: number): number {
  let length = RUN_LENGTH_MIN
  while (start + length <= text.length && RUNS.some((run) => run.includes(text.slice(start, start + length)))) length += 1
  return length > RUN_LENGTH_MIN ? length - 1 : 0
}

function withoutRuns(text: string): string {
  let rest = ''
  for (let index = 0; index < text.length; index += 1) {
    const run = runAt(text, index)
    if (run === 0) rest += text[index]
    else index += run - 1
  }
  return rest
}

/** The part that is repeated, or the text itself. */
function unitOf(text: string): string {
  const length = (text + text).indexOf(text, 1)
  return text.slice(0, length)
}

/** Why a password is refused, or null where it is good. */
export function passwordProblem(password: string, email: string): string | null {
  if (password.length < PASSWORD_LENGTH.min) return `must have at least ${PASSWORD_LENGTH.min} characters`
  if (password.length > PASSWORD_LENGTH.max) return `must have at most ${PASSWORD_LENGTH.max} characters`
  const lower = password.toLowerCase()
  if (new Set(lower).size < 5) return 'repeats few characters; a few unrelated words make a good one'
  const own = email.toLowerCase()
  const [account = ''] = own.split('@')
  const words = [...(account.length >= 4 ? [own, account] : []), ...(own === '' ? [] : [own])]
  const withoutOwn = words.reduce((text, word) => text.replaceAll(word, ''), lower)
  const rest = COMMON.reduce((text, word) => text.replaceAll(word, ''), plainOf(withoutRuns(withoutOwn)))
  return unitOf(rest).length < REST_LENGTH_MIN ? 'is among the first that are tried; a few unrelated words make a good one' : null
}
