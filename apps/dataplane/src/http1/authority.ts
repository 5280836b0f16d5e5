import { ownText } from './own-text.ts'

/** uri-host [ ":" port ] of RFC 3986 3.2.2 without user information; an empty host addresses nothing. */
const AUTHORITY = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=%]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/** Whether `text` is a host with or without a port, as Host and :authority have it. */
export const isAuthority = (text: string) => AUTHORITY.test(text)

const SLOTS = 256
/** Hosts that were found legal: clients name the same few again and again. Each has one place, by a few of its characters. */
const known: string[] = new Array(SLOTS).fill('')

/** The authority at `start` of `text`, as the same string for the same host; null where it is none. */
export function readAuthority(text: string, start: number, end: number): string | null {
  const length = end - start
  const slot = (length * 31 + text.charCodeAt(start) + text.charCodeAt(start + (length >> 1)) * 13 + text.charCodeAt(end - 1) * 7) & (SLOTS - 1)
  const usual = known[slot] as string
  if (length > 0 && usual.length === length && text.startsWith(usual, start)) return usual
  const host = text.slice(start, end)
  if (!AUTHORITY.test(host)) return null
  const own = ownText(host)
  known[slot] = own
  return own
}
