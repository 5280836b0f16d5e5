import * as z from 'zod'

/** The fields that say by what in a request those are told apart who share `something`, such as `a counter`. */
export const whoFields = (something: string) => ({
  header_name: z.string().min(1).max(128).nullable().default(null).meta({ title: 'Header name', description: 'For limit_by header.' }),
  path: z
    .string()
    .startsWith('/')
    .max(1024)
    .nullable()
    .default(null)
    .meta({ title: 'Path', description: `For limit_by path: requests for exactly this path share ${something}.` }),
})

interface WhoConfig {
  limit_by: string
  header_name: string | null
  path: string | null
}

/** What `limit_by` needs and has not, by field. */
export function whoProblem({ limit_by, header_name, path }: WhoConfig): { field: 'header_name' | 'path'; message: string } | null {
  if (limit_by === 'header' && header_name === null) return { field: 'header_name', message: 'is needed when limit_by is header' }
  if (limit_by === 'path' && path === null) return { field: 'path', message: 'is needed when limit_by is path' }
  return null
}
