import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const MEDIA_TYPE = /^[^\s/;,*]+\/(?:\*|[^\s/;,*]+)$/

/** Codings, the one that is preferred first. */
export const CODINGS = ['zstd', 'br', 'gzip'] as const

export const compressionSchema = definePluginSchema({
  name: 'compression',
  title: 'Compression',
  category: 'transformation',
  summary: 'Sends bodies of answers in a shorter form to clients that can read it: gzip, Brotli or Zstandard, as they stream.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      algorithms: z
        .array(z.enum(CODINGS))
        .min(1)
        .max(CODINGS.length)
        .default([...CODINGS])
        .meta({ title: 'Algorithms', description: 'Codings that may be used. Of those that a client likes equally the first is.' }),
      content_types: z
        .array(z.string().max(255).toLowerCase().regex(MEDIA_TYPE, { error: 'is no media type, such as text/html or text/*' }))
        .min(1)
        .max(64)
        .default([
          'application/json',
          'application/javascript',
          'application/manifest+json',
          'application/problem+json',
          'application/xml',
          'application/wasm',
          'image/svg+xml',
          'text/css',
          'text/csv',
          'text/html',
          'text/javascript',
          'text/markdown',
          'text/plain',
          'text/xml',
        ])
        .meta({ title: 'Content types', description: 'Types of answers that are compressed, without parameters; text/* stands for any text.' }),
      min_length: z
        .int()
        .min(0)
        .max(1_073_741_824)
        .default(1_024)
        .meta({ title: 'Least length', description: 'Shorter bodies are sent as they are. One whose length is not known is compressed.', unit: 'bytes' }),
      gzip_level: z.int().min(1).max(9).default(6).meta({ title: 'Gzip level', description: 'From fast to short.' }),
      br_quality: z.int().min(0).max(11).default(4).meta({ title: 'Brotli quality', description: 'From fast to short. Above 6 it costs many times the work.' }),
      zstd_level: z.int().min(1).max(19).default(3).meta({ title: 'Zstandard level', description: 'From fast to short.' }),
      max_concurrent: z
        .int()
        .min(1)
        .max(100_000)
        .default(256)
        .meta({ title: 'At once', description: 'Bodies that each worker compresses at a time, at up to 2 MiB of memory for one. Further ones are sent as they are.' }),
    })
    .superRefine(({ algorithms }, context) => {
      for (const [index, name] of algorithms.entries())
        if (algorithms.indexOf(name) !== index) context.addIssue({ code: 'custom', path: ['algorithms', index], message: `${name} is there twice` })
    }),
})
