import { memorySection } from './report/memory-table.ts'
import { requestSection } from './report/request-table.ts'
import type { Section } from './report/section.ts'
import { SCENARIOS } from './scenarios/scenarios.ts'

/** Every part of the report, in its order. */
export const SECTIONS: readonly Section[] = [...SCENARIOS.map(requestSection), memorySection]
