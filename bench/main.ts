import { describeMachine, printJson, printNote } from './measure';

const benches: Record<string, () => Promise<unknown>> = {
  record: async () => (await import('./record.js')).benchRecording(),
  scrape: async () => (await import('./scrape.js')).benchScraping(),
  memory: async () => (await import('./memory.js')).benchMemory(),
  growth: async () => (await import('./growth.js')).benchGrowth(),
  startup: async () => (await import('./startup.js')).benchStartUp(),
  examples: async () => (await import('./examples.js')).benchExamples(),
  http: async () => (await import('./http.js')).benchHttp(),
  query: async () => (await import('./query.js')).benchQueries(),
  processes: async () => (await import('./processes.js')).benchProcesses(),
};

/** Runs only if it is chosen: it takes minutes, ten unless a number follows its name. */
async function soak(chosen: readonly string[]): Promise<void> {
  const minutes = Number(chosen[chosen.indexOf('soak') + 1] ?? 10);
  await (await import('./soak.js')).benchSoak(minutes);
}

async function main(): Promise<void> {
  const chosen = process.argv.slice(2).filter((argument) => argument !== '--json');
  printNote(describeMachine());
  for (const [name, bench] of Object.entries(benches)) if (chosen.length === 0 || chosen.includes(name)) await bench();
  if (chosen.includes('soak')) await soak(chosen);
  printJson();
}

void main();
