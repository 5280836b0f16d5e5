export interface UpstreamPathInput {
  /** Normalised path of the request. */
  requestPath: string
  /** Text that the route's path matched, or null where the route has no paths. */
  matchedPath: string | null
  stripPath: boolean
  /** `path` of the service, or null. */
  servicePath: string | null
}

export interface UpstreamPath {
  /** Not yet percent-encoded; `escapePath` does it. */
  path: string
  /** Goes into X-Forwarded-Prefix; null where nothing or only `/` was stripped. */
  strippedPrefix: string | null
}

function joinStripped(base: string, postfix: string, requestPath: string): string {
  const endsWithSlash = base.endsWith('/')
  if (postfix === '') {
    // A request for `/` itself gets no slash added, but keeps the one that the service's path has.
    if (!endsWithSlash) return requestPath.length > 1 && requestPath.endsWith('/') ? `${base}/` : base
    return base === '/' || requestPath.endsWith('/') ? base : base.slice(0, -1)
  }
  if (postfix.startsWith('/')) return endsWithSlash ? base.slice(0, -1) + postfix : base + postfix
  return endsWithSlash ? base + postfix : `${base}/${postfix}`
}

/** Kong's path_handling v0: how service path and request path become the path sent upstream. */
export function buildUpstreamPath(input: UpstreamPathInput): UpstreamPath {
  const { requestPath, matchedPath } = input
  const base = input.servicePath ?? '/'
  const prefix = input.stripPath && matchedPath !== null ? matchedPath : ''
  if (prefix === '') {
    if (base.endsWith('/')) return { path: base + requestPath.slice(1), strippedPrefix: null }
    return { path: requestPath === '/' ? base : base + requestPath, strippedPrefix: null }
  }
  // A rest that starts with a dot segment must not climb out of the service's path.
  const rest = requestPath.slice(prefix.length)
  const postfix = rest.startsWith('.') ? rest.replace(/^\.{1,2}(?=\/|$)/, '') : rest
  return { path: joinStripped(base, postfix, requestPath), strippedPrefix: prefix === '/' ? null : prefix }
}
