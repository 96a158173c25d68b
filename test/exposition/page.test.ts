import { ROOT_CONTEXT, type SpanContext, TraceFlags, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { createInstruments, defineCatalog } from '../../src/instruments';
import { serve } from '../served';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

const shop = defineCatalog({
  name: 'shop-page',
  metrics: {
    orders: {
      name: 'page_orders_total',
      instrument: 'counter',
      description: 'Orders\nplaced \\o/ "quoted"',
      labels: { result: ['paid', 'refused'] },
    },
    visits: { name: 'page_visits', instrument: 'counter', description: 'Visits' },
    wait: {
      name: 'page_wait_seconds',
      instrument: 'histogram',
      description: 'Wait',
      unit: 's',
      buckets: [0.5, 1, 2e6],
    },
    shards: { name: 'page_shards_total', instrument: 'gauge', description: 'Shards' },
  },
});

function recorded() {
  const served = serve({ targetInfoEnabled: false, scopeInfoEnabled: false }, shop);
  const { orders, visits, wait, shards } = createInstruments(served.provider.getMeter('shop'), shop);
  orders.add(2, { result: 'paid' });
  visits.add(3);
  wait.record(0.5);
  wait.record(1.5);
  shards.record(4);
  return served;
}

describe('an exposition', () => {
  it('an exposition has the text that client libraries write', async () => {
    expect(await recorded().page()).toBe(`# HELP page_orders_total Orders\\nplaced \\\\o/ "quoted"
# TYPE page_orders_total counter
page_orders_total{result="paid"} 2
page_orders_total{result="refused"} 0
# HELP page_shards_total Shards
# TYPE page_shards_total gauge
page_shards_total 4
# HELP page_visits Visits
# TYPE page_visits counter
page_visits 3
# HELP page_wait_seconds Wait
# TYPE page_wait_seconds histogram
page_wait_seconds_bucket{le="0.5"} 1
page_wait_seconds_bucket{le="1"} 1
page_wait_seconds_bucket{le="2e+06"} 2
page_wait_seconds_bucket{le="+Inf"} 2
page_wait_seconds_sum 2
page_wait_seconds_count 2
`);
  });

  it('keeps the names of documented metrics in OpenMetrics', async () => {
    expect(await recorded().page(OPENMETRICS)).toBe(`# TYPE page_orders counter
# HELP page_orders Orders\\nplaced \\\\o/ \\"quoted\\"
page_orders_total{result="paid"} 2
page_orders_total{result="refused"} 0
# TYPE page_shards_total gauge
# HELP page_shards_total Shards
page_shards_total 4
# TYPE page_visits unknown
# HELP page_visits Visits
page_visits 3
# TYPE page_wait_seconds histogram
# UNIT page_wait_seconds seconds
# HELP page_wait_seconds Wait
page_wait_seconds_bucket{le="0.5"} 1
page_wait_seconds_bucket{le="1.0"} 1
page_wait_seconds_bucket{le="2e+06"} 2
page_wait_seconds_bucket{le="+Inf"} 2
page_wait_seconds_sum 2
page_wait_seconds_count 2
# EOF
`);
  });

  it('has scope labels and target_info for undocumented metrics, unless they are switched off', async () => {
    const { provider, page } = serve();
    provider.getMeter('lib', '1.2.0').createCounter('jobs.done', { description: 'Done' }).add(1, { 'job.kind': 'a' });
    const text = await page();
    expect(text).toContain(`# HELP jobs_done_total Done
# TYPE jobs_done_total counter
jobs_done_total{job_kind="a",otel_scope_name="lib",otel_scope_version="1.2.0"} 1
# HELP target_info Target metadata
# TYPE target_info gauge
target_info{service_name="unknown_service`);
    const bare = serve({ scopeInfoEnabled: false, targetInfoEnabled: false });
    bare.provider.getMeter('lib').createCounter('jobs.done').add(1);
    expect(await bare.page()).toBe('# HELP jobs_done_total \n# TYPE jobs_done_total counter\njobs_done_total 1\n');
  });

  it('has chosen resource attributes as labels', async () => {
    const { meter, lines } = serve({
      scopeInfoEnabled: false,
      resourceConstantLabels: { included: ['service.*', 'telemetry.sdk.*'], excluded: ['*.version', 'service.name'] },
    });
    meter.createGauge('g').record(1);
    expect(await lines('g{')).toEqual(['g{telemetry_sdk_language="nodejs",telemetry_sdk_name="meterbridge"} 1']);
  });

  it('has UTF-8 names if the strategy keeps them and the scraper accepts them', async () => {
    const { meter, lines } = serve({ scopeInfoEnabled: false, translationStrategy: 'NoTranslation' });
    meter.createCounter('http.requests').add(1, { 'http.route': '/' });
    expect(await lines('{"http', 'text/plain;version=1.0.0;escaping=allow-utf-8')).toEqual([
      '{"http.requests","http.route"="/"} 1',
    ]);
    expect(await lines('http_', 'text/plain;version=1.0.0;escaping=underscores')).toContain(
      'http_requests{http_route="/"} 1',
    );
    expect(await lines('U__', 'application/openmetrics-text;version=1.0.0;escaping=values')).toContain(
      'U__http_2e_requests_total{U__http_2e_route="/"} 1',
    );
    expect(await lines('http_')).toContain('http_requests{http_route="/"} 1');
  });

  it('joins values of attributes that become one label, and adds up series that become one', async () => {
    const { meter, lines } = serve({ scopeInfoEnabled: false, targetInfoEnabled: false });
    const counter = meter.createCounter('joined');
    counter.add(1, { 'a.b': 'dot', a_b: 'line' });
    counter.add(2, { n: 5 });
    counter.add(3, { n: '5' });
    counter.add(4, { empty: '' });
    counter.add(5);
    expect(await lines('joined_total')).toEqual([
      '# HELP joined_total ',
      '# TYPE joined_total counter',
      'joined_total{a_b="dot;line"} 1',
      'joined_total{n="5"} 5',
      'joined_total 9',
    ]);
  });

  it('has each family once, from whatever scopes its metrics come', async () => {
    const { provider, lines } = serve({ targetInfoEnabled: false });
    provider.getMeter('a').createCounter('shared').add(1);
    provider.getMeter('b').createCounter('shared').add(2);
    provider.getMeter('c').createGauge('shared_total').record(7);
    expect(await lines('shared')).toEqual([
      '# HELP shared_total ',
      '# TYPE shared_total counter',
      'shared_total{otel_scope_name="a"} 1',
      'shared_total{otel_scope_name="b"} 2',
    ]);
  });

  it("leaves out a family that would take the name of a histogram's samples", async () => {
    const { meter, lines } = serve({ targetInfoEnabled: false, scopeInfoEnabled: false });
    meter.createHistogram('size', { advice: { explicitBucketBoundaries: [1] } }).record(1);
    meter.createGauge('size_count').record(9);
    expect(await lines('size_count')).toEqual(['size_count 1']);
  });

  it("renames a label le of a histogram, which is the format's own", async () => {
    const { meter, lines } = serve({ targetInfoEnabled: false, scopeInfoEnabled: false });
    meter.createHistogram('size', { advice: { explicitBucketBoundaries: [1] } }).record(1, { le: 'x' });
    expect(await lines('size_bucket')).toContain('size_bucket{exported_le="x",le="1"} 1');
  });
});

describe('exemplars of an exposition', () => {
  const span: SpanContext = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
  };
  const traced = trace.setSpanContext(ROOT_CONTEXT, span);
  const exemplar = `# {trace_id="${span.traceId}",span_id="${span.spanId}"}`;

  it('exemplars of an exposition are served in OpenMetrics, on counters and on the bucket they fall in', async () => {
    const { meter, lines } = serve({ targetInfoEnabled: false, scopeInfoEnabled: false });
    const counter = meter.createCounter('traced');
    const histogram = meter.createHistogram('took', { advice: { explicitBucketBoundaries: [1, 2] } });
    counter.add(3, {}, traced);
    histogram.record(1.5, {}, traced);
    histogram.record(0.5);
    expect((await lines('traced_total', OPENMETRICS))[0]).toMatch(
      new RegExp(`^traced_total 3 ${exemplar} 3 \\d+\\.\\d{3}$`),
    );
    const [first, second, third] = await lines('took_bucket', OPENMETRICS);
    expect(first).toBe('took_bucket{le="1.0"} 1');
    expect(second).toMatch(new RegExp(`^took_bucket\\{le="2.0"\\} 2 ${exemplar} 1.5 \\d+\\.\\d{3}$`));
    expect(third).toBe('took_bucket{le="+Inf"} 2');
    expect((await lines('traced_total'))[2]).toBe('traced_total 3');
  });

  it('exemplars of an exposition are not recorded for spans that are not sampled', async () => {
    const { meter, lines } = serve({ targetInfoEnabled: false, scopeInfoEnabled: false });
    const unsampled = trace.setSpanContext(ROOT_CONTEXT, { ...span, traceFlags: TraceFlags.NONE });
    meter.createCounter('untraced').add(3, {}, unsampled);
    expect(await lines('untraced_total', OPENMETRICS)).toEqual(['untraced_total 3']);
  });
});
