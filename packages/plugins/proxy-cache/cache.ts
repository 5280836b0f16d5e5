import type { Flights } from './flights.ts'
import type { CacheSettings } from './settings.ts'
import type { Shelf } from './shelf.ts'

/** The cache of one plugin in one worker. */
export interface Cache {
  readonly settings: CacheSettings
  readonly shelf: Shelf
  readonly flights: Flights
  nowMs(): number
}
