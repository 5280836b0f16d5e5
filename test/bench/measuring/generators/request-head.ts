/** The seven request fields of a GET (Host is the seventh), as load.lua sends them. */
export const FIELDS: readonly (readonly [string, string])[] = [
  ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64)'],
  ['accept', 'application/json, text/plain, */*'],
  ['accept-encoding', 'identity'],
  ['accept-language', 'en-GB,en;q=0.9'],
  ['cookie', 'session=0123456789abcdef; theme=dark'],
  ['x-client', 'bench'],
]

/** The head of a GET in HTTP/1.1, without what ends it. */
export function headOf(path: string, host: string): string {
  return [`GET ${path} HTTP/1.1`, `host: ${host}`, ...FIELDS.map(([name, value]) => `${name}: ${value}`)].join('\r\n')
}

export const lastOf = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
