import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits, safe in URLs and headers. */
export const randomToken = () => randomBytes(32).toString('base64url')

/** What is stored of a token; the token itself is shown once. Tokens are random, so a fast hash is enough. */
export const hashToken = (token: string) => createHash('sha256').update(token).digest('hex')
