import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../../src/exposition/decode/parser';
import { run } from '../../servers/processes';
import { SOURCES } from './measured';

interface Result {
  readonly hooks: { readonly request: number; readonly ignored: number };
  readonly spans: readonly {
    readonly name: string;
    readonly hook?: boolean;
    readonly traceId: string;
    readonly spanId: string;
  }[];
  readonly page: string;
  readonly openMetrics: string;
  readonly stderr: string;
}

/** Runs an app that sends three requests to itself, of which one is ignored by its own instrumentation. */
async function runTracing(order: 'before' | 'after' | 'none', source: string): Promise<Result> {
  const child = run(process.execPath, [join(__dirname, 'apps/tracing.cjs'), order, source]);
  const { code } = await child.ended;
  expect(code, child.stderr()).toBe(0);
  return { ...(JSON.parse(child.stdout()) as Omit<Result, 'stderr'>), stderr: child.stderr() };
}

/** Returns the sum of a metric over its series. */
function total(page: string, name: string): number {
  const family = parseExposition(page).get(name.replace(/_count$/, ''));
  const samples = family?.samples.filter((sample) => sample.name === name) ?? [];
  return samples.reduce((sum, { value }) => sum + value, 0);
}

function exemplarSpans({ openMetrics }: Result, family: string): string[] {
  const lines = openMetrics.split('\n').filter((line) => line.startsWith(family));
  return lines.flatMap((line) => / # \{trace_id="\w+",span_id="(\w+)"\}/.exec(line)?.[1] ?? []);
}

describe('an app with an HttpInstrumentation of its own', () => {
  it.each([
    ['before', 'channels'],
    ['after', 'channels'],
    ['before', 'instrumentation'],
  ] as const)('keeps its hooks and spans, registered %s a start with the source %s', async (order, source) => {
    const result = await runTracing(order, source);
    // One request is ignored by the app; the third is of the endpoint of the test.
    expect(result.hooks).toEqual({ request: 3, ignored: 1 });
    for (const span of result.spans) expect(span).toMatchObject({ name: 'GET', hook: true });
    expect(total(result.page, 'http_requests_total')).toBe(3);
    expect(total(result.page, 'http_server_request_duration_seconds_count')).toBe(3);
    expect(result.page).toContain('http_route="/a"');
    const spans = result.spans.map(({ spanId }) => spanId);
    for (const family of ['http_requests_total', 'http_server_request_duration_seconds_bucket']) {
      const linked = exemplarSpans(result, family);
      expect(linked.length).toBeGreaterThan(0);
      expect(spans).toEqual(expect.arrayContaining(linked));
    }
  });

  it('has the source channels used, with a diagnostic, if the source instrumentation was chosen', async () => {
    const { stderr } = await runTracing('before', 'instrumentation');
    expect(stderr).toContain('meterbridge http-source:');
  });
});

describe.each(SOURCES)('an app that traces without instrumenting HTTP, with the source %s', (source) => {
  it('gets no further spans, and exemplars of its own', async () => {
    const result = await runTracing('none', source);
    expect(result.spans.map(({ name }) => name)).toEqual(['manual', 'manual', 'manual']);
    const spans = result.spans.map(({ spanId }) => spanId);
    const linked = exemplarSpans(result, 'http_requests_total');
    expect(linked.length).toBeGreaterThan(0);
    expect(spans).toEqual(expect.arrayContaining(linked));
    expect(total(result.page, 'http_server_request_duration_seconds_count')).toBe(3);
  });
});
