// The files of guides whose frameworks are too large for the development dependencies, run as the guides say.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createAppFolder, ROOT, shell } from '../app-folder.mjs';
import { measuredRequests, startMeasured, until } from '../frameworks/measured-app.mjs';
import { countCells, formatTable } from '../page.mjs';

const NEXT = { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' };

export async function run() {
  const result = await runNext().then(
    () => 'ok',
    (error) => String(error.stderr || error.message).slice(0, 1500),
  );
  return {
    text: formatTable(['guide', 'result'], [['Next.js', result]]),
    ...countCells([result === 'ok' ? 'ok' : 'failed']),
  };
}

async function runNext() {
  const folder = createAppFolder('guide-next', NEXT, []);
  for (const [, name, source] of readSection('frameworks.md', 'Next.js').matchAll(/^```js file=(\S+)\n(.*?)^```$/gms)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), source);
  }
  const next = join(folder, 'node_modules/next/dist/bin/next');
  shell(process.execPath, [next, 'build'], folder);
  const app = await startMeasured({
    args: [next, 'start', '-H', '127.0.0.1'],
    cwd: folder,
    takesPort: true,
    preloads: false,
  });
  try {
    const isServed = async () => measuredRequests(await app.page()).semconv.get('GET /users/[id] 200') || undefined;
    await until(isServed, 'request with the route of the guide');
  } finally {
    await app.stop();
  }
}

function readSection(guide, heading) {
  const text = readFileSync(join(ROOT, 'docs/guides', guide), 'utf8');
  return text.split(/^## /m).find((section) => section.startsWith(`${heading}\n`));
}
