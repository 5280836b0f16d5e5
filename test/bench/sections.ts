import { INSIDE_SECTIONS } from './inside/sections.ts'
import { memorySection } from './report/memory-table.ts'
import { requestSection } from './report/request-table.ts'
import type { Section } from './report/section.ts'
import { eventsSection } from './scenarios/events.ts'
import { reloadSection } from './scenarios/reload.ts'
import { SCENARIOS } from './scenarios/scenarios.ts'
import { slowHeadsSection } from './scenarios/slow-heads.ts'

/** Every part of the report, in its order. */
export const SECTIONS: readonly Section[] = [...SCENARIOS.map(requestSection), memorySection, reloadSection, slowHeadsSection, eventsSection, ...INSIDE_SECTIONS]
