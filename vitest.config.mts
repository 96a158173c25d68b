import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most tests wait for processes that they have started.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    testTimeout: 90_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    // The built package is loaded by Node.js itself, as an app loads it.
    server: { deps: { external: [/\/dist\//] } },
  },
});
