export const THEMES = ['light', 'dark', 'system'] as const
export type Theme = (typeof THEMES)[number]
export const THEME_KEY = 'theme'

/** Runs before the first paint, so that no page flashes in the other theme. */
export const THEME_SCRIPT = `(function(){var t;try{t=localStorage.getItem('${THEME_KEY}')}catch(e){}document.documentElement.dataset.theme=t==='light'||t==='dark'?t:matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light'})()`

export function isTheme(text: string | null): text is Theme {
  return THEMES.includes(text as Theme)
}
