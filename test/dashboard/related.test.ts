import { describe, expect, it } from 'vitest';
import { findShare, RelatedFamilies, type Relation } from '../../src/dashboard/page/related';
import type { PageFamily } from '../../src/dashboard/wire';

const gauge = (name: string, rest: Partial<PageFamily> = {}): PageFamily => ({
  name,
  type: 'gauge',
  help: '',
  catalog: '',
  section: '',
  series: [],
  rest: { count: 0, sum: 0 },
  ...rest,
});

function relate(...families: readonly PageFamily[]): Relation[] {
  const related = new RelatedFamilies();
  return families.map((family) => related.add(family)).filter((relation) => relation !== undefined);
}

describe('RelatedFamilies', () => {
  it.each([
    ['system_memory_usage_bytes', 'system_memory_total_bytes', false],
    ['hodei_workers_healthy', 'hodei_workers_total', false],
    ['queue_size', 'queue_limit', false],
    ['queue_size', 'queue_size_limit', false],
    ['process_open_fds', 'process_max_fds', false],
    ['nodejs_heap_size_used_bytes', 'nodejs_heap_size_total_bytes', false],
    ['disk_used_bytes', 'disk_available_bytes', true],
  ])('RelatedFamilies finds that %s is a part of %s, in any order', (part, whole, isRest) => {
    expect(relate(gauge(part), gauge(whole))).toEqual([{ part, whole, isRest }]);
    expect(relate(gauge(whole), gauge(part))).toEqual([{ part, whole, isRest }]);
  });

  it('RelatedFamilies finds the whole of several parts, and prefers it to what is left', () => {
    const names = ['pool_active', 'pool_available', 'pool_busy', 'pool_total'];
    expect(relate(...names.map((name) => gauge(name)))).toEqual([
      { part: 'pool_active', whole: 'pool_available', isRest: true },
      { part: 'pool_busy', whole: 'pool_available', isRest: true },
      { part: 'pool_active', whole: 'pool_total', isRest: false },
    ]);
  });

  it('RelatedFamilies relates neither durations nor counters, nor gauges of different units, sections or catalogs', () => {
    expect(relate(gauge('lag_seconds'), gauge('lag_max_seconds'))).toEqual([]);
    expect(relate(gauge('jobs_active'), gauge('jobs_total', { type: 'counter' }))).toEqual([]);
    expect(relate(gauge('memory_used_bytes'), gauge('memory_total_mb'))).toEqual([]);
    expect(relate(gauge('queue_size', { section: 'a' }), gauge('queue_limit', { section: 'b' }))).toEqual([]);
    expect(relate(gauge('queue_size', { catalog: 'a' }), gauge('queue_limit', { catalog: 'b' }))).toEqual([]);
    expect(relate(gauge('queue_size'), gauge('topic_limit'))).toEqual([]);
  });
});

describe('findShare', () => {
  const relation = { part: 'a', whole: 'b', isRest: false };

  it('findShare compares series with the same labels, or with the only series of the whole', () => {
    expect(findShare({ relation, latest: new Map([['b', 8]]) }, 'type=used', 2)).toBe(0.25);
    const latest = new Map([
      ['space=new', 8],
      ['space=old', 4],
    ]);
    expect(findShare({ relation, latest }, 'space=old', 2)).toBe(0.5);
    expect(findShare({ relation, latest }, 'space=code', 2)).toBeUndefined();
  });

  it('findShare knows no share of nothing, of an unknown value, or of a negative one', () => {
    expect(findShare({ relation, latest: new Map([['b', 0]]) }, 'a', 0)).toBeUndefined();
    expect(findShare({ relation, latest: new Map([['b', null]]) }, 'a', 1)).toBeUndefined();
    expect(findShare({ relation, latest: new Map([['b', 4]]) }, 'a', -1)).toBeUndefined();
  });
});
