import { printMachine } from './measure';

const benches: Record<string, () => Promise<unknown>> = {
  record: async () => (await import('./record.js')).benchRecording(),
  scrape: async () => (await import('./scrape.js')).benchScraping(),
  memory: async () => (await import('./memory.js')).benchMemory(),
  growth: async () => (await import('./growth.js')).benchGrowth(),
  startup: async () => (await import('./startup.js')).benchStartUp(),
  examples: async () => (await import('./examples.js')).benchExamples(),
  http: async () => (await import('./http.js')).benchHttp(),
};

/** Runs only if it is asked for: it takes minutes, ten unless a number follows its name. */
async function soak(asked: readonly string[]): Promise<void> {
  const minutes = Number(asked[asked.indexOf('soak') + 1] ?? 10);
  await (await import('./soak.js')).benchSoak(minutes);
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  printMachine();
  for (const [name, bench] of Object.entries(benches)) if (asked.length === 0 || asked.includes(name)) await bench();
  if (asked.includes('soak')) await soak(asked);
}

void main();
