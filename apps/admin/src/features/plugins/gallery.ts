import type { PluginCategory, PluginSchema } from '@sluice/plugins/contract'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import type { ScopeField } from './scope.ts'

const TITLES: Record<PluginCategory, string> = {
  authentication: 'Authentication',
  traffic: 'Traffic',
  transformation: 'Transformation',
  protection: 'Protection',
  observability: 'Observability',
}

export interface GalleryGroup {
  category: PluginCategory
  title: string
  plugins: PluginSchema[]
}

/** The plugins that can be bound to a scope (all of them without one), by category; categories without any are left out. */
export function galleryOf(scope: ScopeField | null, schemas: Readonly<Record<string, PluginSchema>> = PLUGIN_SCHEMAS): GalleryGroup[] {
  const fitting = Object.values(schemas).filter((schema) => scope === null || schema.scopes.includes(scope))
  return (Object.keys(TITLES) as PluginCategory[])
    .map((category) => ({
      category,
      title: TITLES[category],
      plugins: fitting.filter((schema) => schema.category === category).sort((a, b) => a.title.localeCompare(b.title, 'en')),
    }))
    .filter(({ plugins }) => plugins.length > 0)
}

/** Those that have every word of `text` in title, name or summary; all for an empty text. */
export function searchGallery(groups: readonly GalleryGroup[], text: string): GalleryGroup[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const fits = ({ title, name, summary }: PluginSchema) => words.every((word) => `${title} ${name} ${summary}`.toLowerCase().includes(word))
  return groups.map((group) => ({ ...group, plugins: group.plugins.filter(fits) })).filter(({ plugins }) => plugins.length > 0)
}
