import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificate, makeCertificate } from './certificates.ts'
import { until } from './node-process.ts'

/** Debian's folder of sbin is not on everybody's PATH. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin`
const SUFFIX = 'dc=example,dc=test'

export interface Person {
  uid: string
  password: string
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const entryOf = ({ uid, password }: Person) => {
  const dn = Buffer.from(`uid=${uid.replaceAll(/[\\",+<>;=]/g, '\\$&')},ou=people,${SUFFIX}`).toString('base64')
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return `dn:: ${dn}\nobjectClass: inetOrgPerson\nuid:: ${base64(uid)}\ncn:: ${base64(uid)}\nsn: x\nuserPassword:: ${base64(password)}\n`
}

/** OpenLDAP's server with some people in it, on free ports of loopback, in a folder and a process of its own. */
export class Slapd {
  static readonly baseDn = `ou=people,${SUFFIX}`
  readonly port: number
  readonly tlsPort: number
  /** The authority of its certificate, which is good for `localhost`. */
  readonly authority: Certificate
  readonly #folder: string
  #child: ChildProcess | null = null
  output = ''

  private constructor(folder: string, ports: { port: number; tlsPort: number }, authority: Certificate) {
    this.#folder = folder
    this.port = ports.port
    this.tlsPort = ports.tlsPort
    this.authority = authority
  }

  static async start(people: readonly Person[]): Promise<Slapd> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-slapd-'))
    const authority = makeCertificate(['authority.test'])
    const own = makeCertificate(['localhost'], authority)
    for (const [name, text] of Object.entries({ 'ca.pem': authority.cert, 'cert.pem': own.cert, 'key.pem': own.key })) writeFileSync(join(folder, name), text)
    mkdirSync(join(folder, 'data'))
    const at = (name: string) => join(folder, name)
    const schemas = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`)
    const settings = [
      ...schemas,
      'modulepath /usr/lib/ldap',
      'moduleload back_mdb',
      `pidfile ${at('pid')}`,
      `TLSCACertificateFile ${at('ca.pem')}`,
      `TLSCertificateFile ${at('cert.pem')}`,
      `TLSCertificateKeyFile ${at('key.pem')}`,
      'database mdb',
      `suffix "${SUFFIX}"`,
      `directory ${at('data')}`,
      'maxsize 10485760',
      'access to * by * auth',
    ]
    writeFileSync(at('slapd.conf'), `${settings.join('\n')}\n`)
    const top = `dn: ${SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: example\n\ndn: ou=people,${SUFFIX}\nobjectClass: organizationalUnit\nou: people\n`
    writeFileSync(at('people.ldif'), [top, ...people.map(entryOf)].join('\n'))
    execFileSync('slapadd', ['-f', at('slapd.conf'), '-l', at('people.ldif')], { env: { ...process.env, PATH }, stdio: 'pipe' })
    const slapd = new Slapd(folder, { port: await freePort(), tlsPort: await freePort() }, authority)
    await slapd.run()
    return slapd
  }

  /** Where the authority's certificate is, for `NODE_EXTRA_CA_CERTS`. */
  get authorityFile(): string {
    return join(this.#folder, 'ca.pem')
  }

  /** Starts the process, again where it was ended. */
  async run(): Promise<void> {
    const urls = `ldap://127.0.0.1:${this.port} ldaps://127.0.0.1:${this.tlsPort}`
    const child = spawn('slapd', ['-f', join(this.#folder, 'slapd.conf'), '-h', urls, '-d', 'stats'], { env: { ...process.env, PATH }, stdio: ['ignore', 'ignore', 'pipe'] })
    child.on('error', (error) => {
      this.output += `slapd cannot be started (it comes with the package of that name): ${error.message}`
    })
    child.stderr.on('data', (chunk: Buffer) => {
      this.output += chunk.toString()
    })
    this.#child = child
    await until(`slapd to listen:\n${this.output}`, () => takesConnections(this.port))
  }

  /** Binds that it was asked for, as its log has them. */
  get binds(): number {
    return this.output.split(' method=128').length - 1
  }

  #signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Answers nothing until `resume`, with its connections open. */
  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function takesConnections(port: number): Promise<true | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(null))
    socket.once('connect', () => socket.destroy())
  })
}
