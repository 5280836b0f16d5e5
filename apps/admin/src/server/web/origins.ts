const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Origins that the dashboard may be used from: the public URL, and on loopback its names at the real port. */
export function allowedOrigins(publicUrl: string, listen: { host: string; port: number }): Set<string> {
  const origins = new Set([new URL(publicUrl).origin])
  if (['127.0.0.1', '::1', 'localhost'].includes(listen.host)) for (const name of LOOPBACK) origins.add(`http://${name}:${listen.port}`)
  return origins
}
