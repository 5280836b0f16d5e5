'use client'

import { Check, Monitor, Moon, Sun } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useEffect, useState } from 'react'
import { isTheme, THEME_KEY, THEMES, type Theme } from './theme-script.ts'

const ICONS = { light: Sun, dark: Moon, system: Monitor } as const
const WORDS = { light: 'Light', dark: 'Dark', system: 'System' } as const

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(THEME_KEY)
    return isTheme(stored) ? stored : 'system'
  } catch {
    // A browser may refuse storage; the theme then lasts as long as the page.
    return 'system'
  }
}

function applyTheme(theme: Theme): void {
  const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

/** Light, dark, or what the system says; kept in the browser. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>('system')
  useEffect(() => setTheme(readTheme()), [])
  useEffect(() => {
    if (theme !== 'system') return
    const media = matchMedia('(prefers-color-scheme: dark)')
    const follow = () => applyTheme(readTheme())
    media.addEventListener('change', follow)
    return () => media.removeEventListener('change', follow)
  }, [theme])
  const choose = (value: string) => {
    if (!isTheme(value)) return
    try {
      localStorage.setItem(THEME_KEY, value)
    } catch {
      // As above.
    }
    setTheme(value)
    applyTheme(value)
  }
  const Icon = ICONS[theme]
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className="btn ghost ico" aria-label="Theme">
        <Icon className="i" aria-hidden="true" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          <DropdownMenu.RadioGroup value={theme} onValueChange={choose}>
            {THEMES.map((name) => {
              const ItemIcon = ICONS[name]
              return (
                <DropdownMenu.RadioItem key={name} value={name} className="menu-item">
                  <ItemIcon className="i" aria-hidden="true" />
                  {WORDS[name]}
                  <DropdownMenu.ItemIndicator className="tick">
                    <Check className="i s" aria-hidden="true" />
                  </DropdownMenu.ItemIndicator>
                </DropdownMenu.RadioItem>
              )
            })}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
