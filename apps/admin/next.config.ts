import { join } from 'node:path'
import type { NextConfig } from 'next'

const config: NextConfig = {
  // The workspace packages are TypeScript sources.
  transpilePackages: ['@sluice/shared', '@sluice/plugins'],
  turbopack: { root: join(import.meta.dirname, '../..') },
  reactStrictMode: true,
  poweredByHeader: false,
  devIndicators: false,
  // Types are checked by `tsc -p apps/admin`; the build does not do it a second time.
  typescript: { ignoreBuildErrors: true },
}

export default config
