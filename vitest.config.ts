import { defineConfig } from 'vitest/config'

const node = { environment: 'node' as const, testTimeout: 30_000, hookTimeout: 120_000 }

/** What measures times, holds a whole machine or loads it: these run one after the other, when nobody else does. */
const ALONE = ['edits-under-load', 'node-overload', 'node-slow-clients', 'publish-latency', 'rolling-restart', 'start', 'static-stability', 'store-large'].map(
  (name) => `test/integration/${name}.test.ts`,
)

/** Projects by what they need: `unit` needs nothing, `integration` and `integration-alone` start servers on free ports, `e2e` the built dashboard and Chromium. */
export default defineConfig({
  test: {
    projects: [
      { test: { ...node, name: 'unit', include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'test/{repo,bench}/**/*.test.ts', 'test/conformance/**/pure.*.test.ts'] } },
      {
        test: {
          ...node,
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/conformance/**/blackbox.*.test.ts', 'test/chaos/**/*.test.ts'],
          exclude: ALONE,
          testTimeout: 120_000,
          // Most of them wait for most of their time.
          maxWorkers: 2,
        },
      },
      { test: { ...node, name: 'integration-alone', include: ALONE, testTimeout: 120_000, fileParallelism: false, sequence: { groupOrder: 1 } } },
      { test: { ...node, name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, maxWorkers: 2 } },
    ],
  },
})
