import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../servers/processes';

const APP = join(__dirname, 'apps/throws.cjs');

describe('a handler that throws', () => {
  it('ends the app with the exception and the line of the app', async () => {
    const child = run(process.execPath, [APP]);
    expect((await child.ended).code).toBe(1);
    expect(child.stderr()).toMatch(/^\S*throws\.cjs:\d+\n\s*throw new Error\('thrown by the handler'\);/);
    expect(child.stderr()).not.toMatch(/node_modules|dist\//);
  });

  it('is measured as a request without a response if the app survives it', async () => {
    const child = run(process.execPath, [APP, 'survives']);
    expect((await child.ended).code, child.stderr()).toBe(0);
    expect(child.stdout()).toMatch(/^thrown by the handler\n/);
    expect(child.stdout()).toContain('http_requests_total{method="GET",endpoint="unmatched",status="499"} 1\n');
    expect(child.stdout()).toContain('allsource_http_requests_in_flight 0\n');
  });
});
