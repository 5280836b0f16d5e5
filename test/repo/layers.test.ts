import { expect, test } from 'vitest'
import { isTest, readSources } from './sources.ts'

interface Layer {
  /** Files of the part. */
  part: RegExp
  /** Files of the repository that it may import, besides itself and packages/shared. */
  may: RegExp
  /** Outside modules that it must not import. */
  never?: RegExp
}

const NOTHING = /^$/
const STATION = 'listener|router|balancer|upstream'
const GROUND = 'http1|exchange|memory|socket'
const ENTRY_OF_PLUGINS = /^packages\/plugins\/(contract|schemas|handlers|order|custom-plugins)\.ts$/

/** ARCHITECTURE.md, "Who may import whom", as data. The first part that matches a file counts; composition roots are in none. */
const LAYERS: Layer[] = [
  { part: /^packages\/shared\//, may: NOTHING, never: /^(node:|@sluice\/plugins)/ },
  { part: /^packages\/plugins\/(contract|outside)\.ts$/, may: /^packages\/plugins\/outside\.ts$/, never: /^node:/ },
  {
    part: /^packages\/plugins\/[^/]+\/schema\.ts$/,
    may: /^packages\/plugins\/(contract|authentication-fields|transformer-entries|redis-fields|counting\/(calendar-windows|[a-z-]+-fields))\.ts$/,
    never: /^node:/,
  },
  {
    part: /^packages\/plugins\/([^/]+)\/handler\.ts$/,
    may: /^packages\/plugins\/(contract|authentication|http-date|transformer-entries|redis-fields|counting\/[a-z-]+)\.ts$/,
    never: /^node:(?!crypto$|zlib$|stream$|buffer$)/,
  },
  { part: new RegExp(`^apps/dataplane/src/(${GROUND})/`), may: new RegExp(`^(apps/dataplane/src/(${GROUND})/|packages/plugins/contract)`) },
  { part: /^apps\/dataplane\/src\/redis\//, may: /^packages\/plugins\/contract/ },
  { part: /^apps\/dataplane\/src\/observe\//, may: new RegExp(`^apps/dataplane/src/(${GROUND}|observe)/`) },
  ...STATION.split('|').map((station) => ({
    part: new RegExp(`^apps/dataplane/src/${station}/`),
    may: new RegExp(`^(apps/dataplane/src/(${GROUND}|observe|${station})/|packages/plugins/contract)`),
  })),
  { part: /^apps\/dataplane\/src\/pipeline\//, may: new RegExp(`^(apps/dataplane/src/(${GROUND}|observe|pipeline|${STATION})/|packages/plugins/(contract|order))`) },
  { part: /^apps\/dataplane\/src\/config\//, may: new RegExp(`^(apps/dataplane/src/(${GROUND}|observe|pipeline|config|${STATION})/|packages/plugins/)`) },
  { part: /^apps\/dataplane\/src\/link\//, may: /^apps\/dataplane\/src\/(config|observe|link)\// },
  { part: /^apps\/admin\/src\/ui\//, may: /^apps\/admin\/src\/ui\//, never: /^(node:|@trpc)/ },
  { part: /^apps\/admin\/src\/(app|features|trpc)\//, may: /^(apps\/admin\/src\/(app|features|trpc|ui)\/|packages\/plugins\/(schemas|contract|order)\.ts)/ },
  { part: /^apps\/admin\/src\/server\/api\//, may: /^apps\/admin\/src\/server\/(api|domain|auth|fleet)\// },
  { part: /^apps\/admin\/src\/server\/domain\//, may: /^(apps\/admin\/src\/server\/(domain|store|auth)\/|packages\/plugins\/)/ },
  { part: /^apps\/admin\/src\/server\/(publish|controllers)\//, may: /^apps\/admin\/src\/server\/(publish|controllers|store|domain|fleet)\// },
  { part: /^apps\/admin\/src\/server\/fleet\//, may: /^apps\/admin\/src\/server\/(fleet|store)\// },
  { part: /^apps\/admin\/src\/server\/auth\//, may: /^apps\/admin\/src\/server\/(auth|store)\// },
  { part: /^apps\/admin\/src\/server\/hub\//, may: /^apps\/admin\/src\/server\/hub\// },
]

function violations(): string[] {
  return readSources()
    .filter((source) => !isTest(source.path))
    .flatMap((source) => {
      const layer = LAYERS.find(({ part }) => part.test(source.path))
      if (layer === undefined) return []
      return source.imports
        .filter((entry) => !entry.isTypeOnly)
        .filter(({ file, specifier }) => {
          if (layer.never?.test(specifier)) return true
          if (file === null || file.startsWith('packages/shared/')) return false
          const sameFolder = file.slice(0, file.lastIndexOf('/')) === source.path.slice(0, source.path.lastIndexOf('/'))
          return !sameFolder && !layer.may.test(file) && !layer.part.test(file)
        })
        .map(({ specifier }) => `${source.path} imports ${specifier}`)
    })
}

test('every part imports only what the architecture allows it', () => {
  expect(violations()).toEqual([])
})

test('Prisma is imported by the store alone', () => {
  const importers = readSources().filter((source) => !isTest(source.path) && source.imports.some((entry) => /@prisma\/|generated\/prisma/.test(entry.specifier)))
  expect(importers.map((source) => source.path).filter((path) => !path.startsWith('apps/admin/src/server/store/') && !path.startsWith('scripts/'))).toEqual([])
})

test('outsiders enter packages/plugins by its entries only', () => {
  const intruders = readSources()
    .filter((source) => !source.path.startsWith('packages/plugins/') && !isTest(source.path))
    .flatMap((source) =>
      source.imports.filter(({ file }) => file?.startsWith('packages/plugins/') && !ENTRY_OF_PLUGINS.test(file)).map(({ specifier }) => `${source.path} imports ${specifier}`),
    )
  expect(intruders).toEqual([])
})

test('no import cycle exists at run time', () => {
  const graph = new Map(
    readSources().map((source) => [source.path, source.imports.filter((entry) => !entry.isTypeOnly && entry.file !== null).map((entry) => entry.file as string)]),
  )
  const cycles: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (path: string, trail: string[]): void => {
    if (state.get(path) === 'done') return
    if (state.get(path) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
      return
    }
    state.set(path, 'open')
    for (const next of graph.get(path) ?? []) if (graph.has(next)) visit(next, [...trail, path])
    state.set(path, 'done')
  }
  for (const path of graph.keys()) visit(path, [])
  expect(cycles).toEqual([])
})
