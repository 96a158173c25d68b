import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineCatalog } from '../../src/catalog/define';
import type { MetricDefinition } from '../../src/catalog/definition';
import { TEMPORALITY } from '../../src/collection/enums';
import { labelText } from '../../src/exposition/encode/label-writer';
import type { Family } from '../../src/exposition/families';
import { readPoints } from '../../src/exposition/family-points';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { histogram, plan, planner, stream } from './streams';

const orders: MetricDefinition = {
  name: 'orders',
  instrument: 'counter',
  description: 'Orders',
  labels: { result: 'string' },
};

const names = (families: readonly Family[]) => families.map(({ name, type }) => `${name} ${type}`);
const values = (family: Family | undefined) =>
  family === undefined ? [] : [...readPoints(family)].flatMap((run) => run?.points.map(({ value }) => value) ?? []);
const labelsOf = (family: Family | undefined) =>
  family === undefined
    ? []
    : [...readPoints(family)].flatMap(
        (run) => run?.points.map(({ attributes }) => labelText(run.labels.pairs(attributes))) ?? [],
      );

describe('FamilyPlanner', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  it('orders families by name and leaves out streams without points', () => {
    const { families } = plan([
      stream('gauge', 'b', [[{}, 1]]),
      stream('counter', 'a', [[{}, 1]]),
      stream('gauge', 'empty', []),
    ]);
    expect(names(families)).toEqual(['a_total counter', 'b gauge']);
  });

  it('keeps the name, labels and help of a metric whose instrument carries a definition', () => {
    const { families } = plan([stream('counter', 'renamed', [[{ result: 'a.b' }, 1]], { definition: orders })], {
      scopeInfo: true,
    });
    expect(families[0]).toMatchObject({ name: 'orders', help: 'Orders', documented: { definition: orders } });
    expect(labelsOf(families[0])).toEqual(['result="a.b"']);
  });

  it('documents a metric by a catalog that it was given, if name and type agree', () => {
    const catalogs = [defineCatalog({ name: 'planner-shop', metrics: { orders } })];
    const named = plan([stream('counter', 'orders', [[{ result: 'x' }, 1]])], { catalogs });
    expect(named.families[0]).toMatchObject({ name: 'orders', documented: { catalog: 'planner-shop' } });
    const gauge = plan([stream('gauge', 'orders', [[{ result: 'x' }, 1]])], { catalogs });
    expect(gauge.families).toEqual([]);
    expect(gauge.dropped).toEqual(new Map([['conflict', 1]]));
  });

  it('merges a foreign metric of a documented name if its type and labels agree', () => {
    const documented = stream('counter', 'orders', [[{ result: 'a' }, 1]], { definition: orders });
    const foreign = stream('counter', 'orders', [
      [{ result: 'b' }, 2],
      [{ user: 'c' }, 4],
    ]);
    const { families, dropped } = plan([foreign, documented], { strategy: 'UnderscoreEscapingWithoutSuffixes' });
    expect(names(families)).toEqual(['orders counter']);
    expect(values(families[0])).toEqual([1, 2]);
    expect(dropped).toEqual(new Map([['conflict', 1]]));
    expect(diagnostics.codes()).toEqual(['conflict']);
  });

  it('drops a foreign metric of a documented name and another type, whichever comes first', () => {
    const documented = stream('counter', 'orders', [[{ result: 'a' }, 1]], { definition: orders });
    const { families, dropped } = plan([stream('gauge', 'orders', [[{}, 2]]), documented]);
    expect(names(families)).toEqual(['orders counter']);
    expect(dropped).toEqual(new Map([['conflict', 1]]));
  });

  it('drops a family whose name is that of a sample of a histogram, unless the family is documented', () => {
    const wait = stream('histogram', 'orders', [[{}, histogram([1], [1, 0], 1)]]);
    const count: MetricDefinition = { name: 'orders_count', instrument: 'gauge', description: '' };
    expect(names(plan([stream('gauge', 'orders.count', [[{}, 1]]), wait]).families)).toEqual(['orders histogram']);
    const documented = stream('gauge', 'orders_count', [[{}, 1]], { definition: count });
    expect(names(plan([wait, documented]).families)).toEqual(['orders_count gauge']);
  });

  // OpenTelemetry specification, Prometheus compatibility: "Histograms with Delta aggregation temporality ... MUST be dropped".
  it('drops delta data of sums and histograms and keeps gauges', () => {
    const temporality = TEMPORALITY.DELTA;
    const { families, dropped } = plan([
      stream('counter', 'c', [[{}, 1]], { temporality }),
      stream('histogram', 'h', [[{}, histogram([1], [1, 0], 1)]], { temporality }),
      stream('gauge', 'g', [[{}, 1]], { temporality }),
    ]);
    expect(names(families)).toEqual(['g gauge']);
    expect(dropped).toEqual(new Map([['delta', 2]]));
    expect(diagnostics.codes()).toEqual(['encode', 'encode']);
  });

  // "If dropping a comment or metric points, the exporter SHOULD warn the user through error logging."
  it('reports descriptions and units that differ within a family', () => {
    const { families } = plan([
      stream('counter', 'c', [[{}, 1]], { description: 'one', scope: 'a' }),
      stream('counter', 'c', [[{}, 1]], { description: 'two', scope: 'b' }),
    ]);
    expect(families[0]?.help).toBe('one');
    expect(diagnostics.codes()).toEqual(['conflict']);
  });

  // "the resource ... SHOULD be converted to a target info metric if the resource is not empty"; its labels "MUST include
  // the resource attributes, and MUST NOT include any other labels".
  it('adds target_info if the resource has attributes, in place of a metric of that name', () => {
    const options = { targetInfo: true };
    expect(names(plan([], options, { 'service.name': 'x' }).families)).toEqual(['target_info info']);
    expect(plan([], options).families).toEqual([]);
    const { families, dropped } = plan([stream('gauge', 'target_info', [[{ a: 'b' }, 5]])], options, { a: 'c' });
    expect(labelsOf(families[0])).toEqual(['a="c"']);
    expect(dropped).toEqual(new Map([['conflict', 1]]));
  });

  it('FamilyPlanner leaves out a metric whose name or unit cannot be read, and keeps the others', () => {
    const { families, dropped } = plan([
      stream('gauge', 5 as never, [[{}, 1]]),
      stream('gauge', '...', [[{}, 1]]),
      stream('gauge', 'null', [[{}, 1]], { unit: null as never, description: null as never }),
    ]);
    expect(names(families)).toEqual(['null gauge']);
    expect(dropped).toEqual(new Map([['invalid', 2]]));
  });

  it('puts a prefix before the names of undocumented metrics', () => {
    const streams = [
      stream('counter', 'jobs', [[{}, 1]]),
      stream('counter', 'orders', [[{ result: 'a' }, 1]], { definition: orders }),
    ];
    expect(names(plan(streams, { prefix: 'app' }).families)).toEqual(['app_jobs_total counter', 'orders counter']);
  });

  it('gives undocumented metrics the labels of their scope and of chosen resource attributes', () => {
    const { families } = plan(
      [stream('histogram', 'h', [[{ a: 'b' }, histogram([1], [1, 0], 1)]], { scope: 'lib' })],
      { scopeInfo: true, isResourceLabel: (key) => key !== 'host.name' },
      { 'host.name': 'x', le: 'y' },
    );
    expect(labelsOf(families[0])).toEqual(['a="b",exported_le="y",otel_scope_name="lib"']);
  });

  it('remembers from one collection to the next which families can repeat a series', () => {
    const families = planner();
    const streams = [
      stream('gauge', 'g', [
        [{ a: 1 }, 1],
        [{ a: '1' }, 2],
      ]),
    ];
    const [first] = families.plan({ resource: { attributes: {} }, streams }).families;
    expect(values(first)).toEqual([2]);
    const [second] = families.plan({ resource: { attributes: {} }, streams }).families;
    expect(second?.history.mayRepeat).toBe(true);
  });
});
