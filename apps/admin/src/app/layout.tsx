import type { Metadata, Viewport } from 'next'
import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import { ApiProvider } from '../trpc/provider.tsx'
import { THEME_SCRIPT } from '../ui/theme/theme-script.ts'
import { Toasts } from '../ui/toasts.tsx'
import './globals.css'

export const metadata: Metadata = { title: { default: 'Sluice', template: '%s · Sluice' }, description: 'The dashboard of the Sluice API gateway.' }
export const viewport: Viewport = { width: 'device-width', initialScale: 1 }

/** Reading the nonce of the request makes every page dynamic, which a content security policy with nonces needs. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? undefined
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours that must run before the first paint. */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
      </head>
      <body>
        <ApiProvider>
          {children}
          <Toasts />
        </ApiProvider>
      </body>
    </html>
  )
}
