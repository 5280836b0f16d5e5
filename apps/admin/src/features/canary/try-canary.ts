/** What of a route decides whether a request comes to it. */
export interface TryRoute {
  paths: readonly string[] | null
  hosts: readonly string[] | null
  methods: readonly string[] | null
  headers: Readonly<Record<string, readonly string[]>> | null
}

export interface Trial {
  /** Address of a node's listener as it reported it, such as `0.0.0.0:8000`. */
  listen: string
  /** Host name under which this page was opened: where a node listens on every address, it is most likely there too. */
  pageHost: string
  route: TryRoute | null
  header: { name: string; value: 'always' | 'never' }
  /** Header of the key, where the service asks for one. */
  keyHeader: string | null
}

const ANY_ADDRESS = ['0.0.0.0', '::', '[::]', '']

/** The address that a caller would write. */
export function addressOf(listen: string, pageHost: string): string {
  const colon = listen.lastIndexOf(':')
  const [host, port] = colon === -1 ? [listen, ''] : [listen.slice(0, colon), listen.slice(colon)]
  return `${ANY_ADDRESS.includes(host) ? pageHost : host}${port}`
}

/** Quoted for a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

const isPlain = (text: string) => !text.startsWith('~')

/** The arguments of curl, one per line of what is shown. */
export function curlLines({ listen, pageHost, route, header, keyHeader }: Trial): string[] {
  const method = route?.methods?.[0] ?? 'GET'
  const host = route?.hosts?.[0]?.replace(/^\*\.?/, 'www.').replace(/\.\*$/, '.example')
  const path = route?.paths?.find(isPlain) ?? '/'
  const matched = Object.entries(route?.headers ?? {}).flatMap(([name, values]) =>
    values[0] !== undefined && !values[0].startsWith('~*') ? [`-H ${quote(`${name}: ${values[0]}`)}`] : [],
  )
  return [
    `curl -i${method === 'GET' ? '' : ` -X ${method}`}`,
    `-H ${quote(`${header.name}: ${header.value}`)}`,
    ...(keyHeader === null ? [] : [`-H ${quote(`${keyHeader}: KEY`)}`]),
    ...(host === undefined ? [] : [`-H ${quote(`Host: ${host}`)}`]),
    ...matched,
    `http://${addressOf(listen, pageHost)}${encodeURI(path)}`,
  ]
}

export const curlCommand = (trial: Trial) => curlLines(trial).join(' \\\n  ')
