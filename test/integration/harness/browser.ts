export interface Page {
  status: number
  /** Absolute. */
  location: string | null
  headers: Headers
  body: string
}

/** A client that keeps cookies of one host by name, as browsers do, and follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>()
  /** Lines of Set-Cookie as they came. */
  readonly lines: string[] = []

  get(url: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#ask(url, { headers })
  }

  post(url: string, body: URLSearchParams): Promise<Page> {
    return this.#ask(url, { method: 'POST', body })
  }

  async #ask(url: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) } })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    const location = response.headers.get('location')
    return { status: response.status, location: location === null ? null : new URL(location, url).href, headers: response.headers, body: await response.text() }
  }

  #keep(line: string): void {
    this.lines.push(line)
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    const isOver = /max-age=0/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line)
    if (isOver) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}
