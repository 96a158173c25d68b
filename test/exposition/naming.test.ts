import { describe, expect, it } from 'vitest';
import { type EscapingScheme, escapeName, isLegacyName } from '../../src/exposition/names/escape';
import { translateLabel, translateName, unitInName } from '../../src/exposition/names/translate';

type Row = [name: string, unit: string, kind: 'counter' | 'gauge' | 'other', served: string | undefined];

describe('UnderscoreEscapingWithSuffixes', () => {
  it.each<Row>([
    ['http.server.request.duration', 's', 'other', 'http_server_request_duration_seconds'],
    ['jvm.memory.used', 'By', 'other', 'jvm_memory_used_bytes'],
    ['requests', '{request}', 'counter', 'requests_total'],
    ['requests_total', '', 'counter', 'requests_total'],
    ['total.requests', '', 'counter', 'requests_total'],
    ['system.cpu.utilization', '1', 'gauge', 'system_cpu_utilization_ratio'],
    ['cpu_ratio', '1', 'gauge', 'cpu_ratio'],
    ['active', '1', 'other', 'active'],
    ['io', 'By/s', 'gauge', 'io_bytes_per_second'],
    ['speed', 'm/s', 'gauge', 'speed_meters_per_second'],
    ['usage', '%', 'gauge', 'usage_percent'],
    ['wait_seconds', 's', 'other', 'wait_seconds'],
    ['wait', 'ms', 'counter', 'wait_milliseconds_total'],
    ['memory', 'MiBy', 'gauge', 'memory_mebibytes'],
    ['space', 'TiBy', 'gauge', 'space_tebibytes'],
    ['fuel', 'gal', 'gauge', 'fuel_gal'],
    ['a..b--c__d', '', 'gauge', 'a_b_c_d'],
    ['1st', '', 'gauge', '_1st'],
    ['job:rate', '', 'gauge', 'job:rate'],
    ['größe', '', 'gauge', 'gr_e'],
    ['...', '', 'gauge', undefined],
    ['', '', 'gauge', undefined],
  ])('serves %s in %j, a %s, as %s', (name, unit, kind, served) => {
    expect(translateName(name, unit, kind)).toBe(served);
  });
});

describe('the other strategies', () => {
  it.each<Row>([
    ['http.server.request.duration', 's', 'other', 'http_server_request_duration'],
    ['requests', '', 'counter', 'requests'],
    ['a..b', '', 'gauge', 'a_b'],
    ['1st', '', 'gauge', '_1st'],
    ['___', '', 'gauge', '___'],
    ['...', '', 'gauge', undefined],
  ])('without suffixes serve %s in %j, a %s, as %s', (name, unit, kind, served) => {
    expect(translateName(name, unit, kind, 'UnderscoreEscapingWithoutSuffixes')).toBe(served);
  });

  it.each<Row>([
    ['http.server.request.duration', 's', 'other', 'http.server.request.duration_seconds'],
    ['requests', '', 'counter', 'requests_total'],
    ['requests.total', '', 'counter', 'requests_total'],
    ['größe', 'By', 'gauge', 'größe_bytes'],
    ['io', 'By/s', 'gauge', 'io_bytes_per_second'],
    ['load', '1', 'gauge', 'load_ratio'],
    ['', '', 'gauge', undefined],
  ])('without escaping serve %s in %j, a %s, as %s', (name, unit, kind, served) => {
    expect(translateName(name, unit, kind, 'NoUTF8EscapingWithSuffixes')).toBe(served);
  });

  it('leave every name alone when there is no translation', () => {
    expect(translateName('größe.x', 'By', 'counter', 'NoTranslation')).toBe('größe.x');
  });
});

describe('labels', () => {
  it.each<[string, string | undefined]>([
    ['http.route', 'http_route'],
    ['a..b', 'a_b'],
    ['1st', 'key_1st'],
    ['__name__', '__name__'],
    ['__x', '_x'],
    ['ünï', '_n_'],
    ['_', undefined],
    ['...', undefined],
    ['', undefined],
  ])('serve the attribute %j as %s', (key, label) => {
    expect(translateLabel(key)).toBe(label);
  });

  it('keep UTF-8 where the strategy does', () => {
    expect(translateLabel('http.route', 'NoTranslation')).toBe('http.route');
    expect(translateLabel('', 'NoTranslation')).toBeUndefined();
  });
});

describe('escaping schemes', () => {
  it.each<[EscapingScheme, string, string]>([
    ['underscores', 'http.status:sum', 'http_status:sum'],
    ['underscores', 'mysystem.prod.west.cpu.load', 'mysystem_prod_west_cpu_load'],
    ['underscores', 'no:escaping_required', 'no:escaping_required'],
    ['dots', 'mysystem.prod.west.cpu.load', 'mysystem_dot_prod_dot_west_dot_cpu_dot_load'],
    ['dots', 'my_system.cpu', 'my__system_dot_cpu'],
    ['values', 'mysystem.prod', 'U__mysystem_2e_prod'],
    ['values', 'my_system.ok', 'U__my__system_2e_ok'],
    ['values', 'größe', 'U__gr_f6__df_e'],
    ['values', '1st', 'U___31_st'],
    ['values', 'a\ud800', 'U__a_FFFD_'],
    ['allow-utf-8', 'größe', 'größe'],
  ])('%s writes %s as %s', (scheme, name, escaped) => {
    expect(escapeName(name, scheme, 'metric')).toBe(escaped);
    expect(scheme === 'allow-utf-8' || isLegacyName(escaped, 'metric')).toBe(true);
  });

  it('escape a colon in a label, where it has no place', () => {
    expect(escapeName('a:b', 'underscores', 'label')).toBe('a_b');
  });
});

describe('units', () => {
  it.each<[string, string, string]>([
    ['wait_seconds', 's', 'seconds'],
    ['wait', 's', ''],
    ['io_bytes_per_second', 'By/s', 'bytes_per_second'],
    ['load_ratio', '1', ''],
    ['jobs', '{job}', ''],
  ])('of %s in %j is told as %j', (family, unit, told) => {
    expect(unitInName(family, unit)).toBe(told);
  });
});
