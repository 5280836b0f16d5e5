import { defineConfig } from 'vitest/config'

const node = { environment: 'node' as const, testTimeout: 30_000, hookTimeout: 120_000 }

/** Projects by what they need: `unit` needs nothing, `integration` starts servers on free ports, `e2e` the built dashboard and Chromium. */
export default defineConfig({
  test: {
    projects: [
      { test: { ...node, name: 'unit', include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'test/{repo,bench}/**/*.test.ts', 'test/conformance/**/pure.*.test.ts'] } },
      {
        test: {
          ...node,
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/conformance/**/blackbox.*.test.ts', 'test/chaos/**/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      { test: { ...node, name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false } },
    ],
  },
})
