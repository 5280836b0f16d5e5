/** What an error reply looks like in the format that Accept asks for; forms and order as Kong's. */
type Format = 'json' | 'html' | 'xml' | 'plain'

const MEDIA_TYPES: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'text/html': 'html',
  'application/xml': 'xml',
  'text/xml': 'xml',
  'text/plain': 'plain',
  'text/*': 'plain',
  '*/*': 'json',
  'application/*': 'json',
}

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
  plain: 'text/plain; charset=utf-8',
}

/** Longest Accept that is looked at, in characters. */
const ACCEPT_LENGTH_MAX = 1_024

/** The offered format of the greatest quality (the first among equals); JSON where none is offered. */
export function chooseFormat(accept: string): Format {
  let best: Format = 'json'
  let bestQuality = 0
  for (const part of accept.slice(0, ACCEPT_LENGTH_MAX).split(',')) {
    const [type, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const format = MEDIA_TYPES[type ?? '']
    const quality = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1)
    if (format === undefined || !(quality > bestQuality)) continue
    best = format
    bestQuality = quality
  }
  return best
}

const escapeMarkup = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function render(format: Format, message: string, requestId: string): string {
  const text = escapeMarkup(message)
  switch (format) {
    case 'json':
      return `{\n  "message":${JSON.stringify(message)},\n  "request_id":${JSON.stringify(requestId)}\n}`
    case 'plain':
      return `${message}\nrequest_id: ${requestId}\n`
    case 'xml':
      return `<?xml version="1.0" encoding="UTF-8"?>\n<error>\n  <message>${text}</message>\n  <requestid>${requestId}</requestid>\n</error>\n`
    case 'html':
      return `<!doctype html>\n<html>\n  <head>\n    <meta charset="utf-8">\n    <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n    <p>${text}.</p>\n    <p>request_id: ${requestId}</p>\n  </body>\n</html>\n`
  }
}

export interface ErrorPage {
  body: string
  contentType: string
}

/** The body of an error. `accept` is null where there is none; `fallback` then names a media type to follow instead, or is null for JSON. */
export function errorPage(input: { message: string; requestId: string; accept: string | null; fallback: string | null }): ErrorPage {
  const format =
    input.accept !== null ? chooseFormat(input.accept) : input.fallback === null ? 'json' : (MEDIA_TYPES[input.fallback.split(';')[0]?.trim().toLowerCase() ?? ''] ?? 'plain')
  return { body: render(format, input.message, input.requestId), contentType: CONTENT_TYPES[format] }
}
