import { join } from 'node:path';
import { createAppFolder, shell } from '../app-folder.mjs';
import { send } from '../frameworks/cases.mjs';
import { startMeasured, until } from '../frameworks/measured-app.mjs';

const VERSION = '16.4.6';

export const NEXT = ['turbopack', 'webpack'].map((bundler) => ({
  name: `Next.js ${VERSION} with ${bundler}`,
  measure: (source) => measureNext(bundler, source),
}));

/** Builds and runs an app whose instrumentation.js starts meterbridge. Next.js puts it into its bundle. */
async function measureNext(bundler, source) {
  const app = join(import.meta.dirname, 'next');
  const packages = { next: VERSION, react: '19.3.1', 'react-dom': '19.3.1' };
  const folder = createAppFolder(`next-${bundler}-${source}`, packages, [app]);
  const next = join(folder, 'node_modules/next/dist/bin/next');
  shell(process.execPath, [next, 'build', 'next', `--${bundler}`], folder);
  const running = await startMeasured({
    args: [next, 'start', 'next', '-H', '127.0.0.1'],
    cwd: folder,
    source,
    takesPort: true,
    preloads: false,
  });
  const results = {};
  const holds = (pattern) =>
    until(async () => (pattern.test(await running.page()) ? true : undefined), String(pattern), 5000);
  const checks = {
    'own metrics on the endpoint': () => holds(/^shop_orders [1-9]/m),
    'route of Next.js': () =>
      holds(/^http_requests_total\{method="GET",endpoint="\/users\/\[id\]",status="200"\} [1-9]/m),
    'client fetch()': () =>
      holds(
        new RegExp(
          `^http_client_request_duration_seconds_count\\{[^}]*server_port="${running.port}"[^}]*\\} [1-9]`,
          'm',
        ),
      ),
  };
  try {
    await send(running.port, 'GET', '/users/7');
    for (const [name, check] of Object.entries(checks)) {
      results[name] = await check().then(
        () => 'ok',
        async (error) =>
          `${error.message} in ${await running.page()}; the app printed: ${running.output()}`.slice(0, 1500),
      );
    }
  } finally {
    await running.stop();
  }
  return results;
}
