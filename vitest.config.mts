import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 40_000,
    hookTimeout: 60_000,
    // The built package is loaded by Node.js itself, as an app loads it.
    server: { deps: { external: [/\/dist\//] } },
  },
});
