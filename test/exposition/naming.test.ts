import { describe, expect, it } from 'vitest';
import { type EscapingScheme, escapeName, isLegacyName } from '../../src/exposition/names/escape';
import { labelValueText } from '../../src/exposition/names/label-value';
import { type NamedKind, translateLabel, translateName } from '../../src/exposition/names/translate';
import { unitInName } from '../../src/exposition/names/units';

type Row = [name: string, unit: string, kind: NamedKind, served: string | undefined];

const SERVES = 'serves %j in %j, of kind %s, as %s';

describe('translateName with UnderscoreEscapingWithSuffixes', () => {
  it.each<Row>([
    ['http.server.request.duration', 's', 'other', 'http_server_request_duration_seconds'],
    ['jvm.memory.used', 'By', 'other', 'jvm_memory_used_bytes'],
    ['requests', '{request}', 'counter', 'requests_total'],
    ['requests.by', 'By{payload}', 'counter', 'requests_by_bytes_total'],
    ['system.cpu.utilization', '1', 'other', 'system_cpu_utilization'],
    ['io', 'By/s', 'other', 'io_bytes_per_second'],
    ['events', '{event}/min', 'other', 'events_per_min'],
    ['rate', '1/s', 'other', 'rate_per_second'],
    ['speed', 'm/s', 'other', 'speed_meters_per_second'],
    ['usage', '%', 'other', 'usage_percent'],
    ['wait', 'ms', 'counter', 'wait_milliseconds_total'],
    ['memory', 'MiBy', 'other', 'memory_mebibytes'],
    ['space', 'TiBy', 'other', 'space_tebibytes'],
    ['fuel', 'gal', 'other', 'fuel_gal'],
    ['odd', 'x:y', 'other', 'odd_x:y'],
    ['odd', 'a/b/c', 'other', 'odd_a_per_b_c'],
    ['odd', 'Ω', 'other', 'odd'],
    ['a..b--c__d', '', 'other', 'a_b_c_d'],
    ['foo.', '', 'other', 'foo_'],
    ['foo.', 's', 'other', 'foo_seconds'],
    ['_foo', '', 'other', '_foo'],
    ['1st', '', 'other', '_1st'],
    ['job:rate', '', 'other', 'job:rate'],
    ['größe', '', 'other', 'gr_e'],
    ['...', '', 'other', undefined],
    ['...', 's', 'other', undefined],
    ['', 's', 'other', undefined],
  ])(SERVES, (name, unit, kind, served) => {
    expect(translateName(name, unit, kind)).toBe(served);
  });

  // "If the metric name for monotonic Sum metric points does not end in a suffix of `_total` a suffix of `_total` SHOULD be
  // added by default, otherwise the name MUST remain unchanged."
  it.each<Row>([
    ['requests_total', '', 'counter', 'requests_total'],
    ['requests.total', '', 'counter', 'requests_total'],
    ['total_x_total', '', 'counter', 'total_x_total'],
    ['wait_total', 's', 'counter', 'wait_total'],
    ['total.requests', '', 'counter', 'total_requests_total'],
    ['total', '', 'counter', 'total_total'],
    ['requests_total', 's', 'other', 'requests_total_seconds'],
  ])(
    'translateName with UnderscoreEscapingWithSuffixes leaves a counter alone whose name ends in _total: %j in %j, of kind %s, is %s',
    (name, unit, kind, served) => {
      expect(translateName(name, unit, kind)).toBe(served);
    },
  );

  // "A suffix to the metric name SHOULD be added unless the metric name already ends with the unit."
  it.each<Row>([
    ['wait_seconds', 's', 'other', 'wait_seconds'],
    ['wait.seconds', 's', 'counter', 'wait_seconds_total'],
    ['bytes.sent', 'By', 'counter', 'bytes_sent_bytes_total'],
    ['seconds', 's', 'other', 'seconds'],
    ['megabytes', 'By', 'other', 'megabytes_bytes'],
    ['first.second.rate', 'By/s', 'other', 'first_second_rate_bytes_per_second'],
    ['io.bytes', 'By/s', 'other', 'io_bytes_per_second'],
    ['io.bytes.per.second', 'By/s', 'other', 'io_bytes_per_second'],
  ])('appends the unit unless the name ends with it: %j in %j, of kind %s, is %s', (name, unit, kind, served) => {
    expect(translateName(name, unit, kind)).toBe(served);
  });
});

describe('translateName with UnderscoreEscapingWithoutSuffixes', () => {
  it.each<Row>([
    ['http.server.request.duration', 's', 'other', 'http_server_request_duration'],
    ['requests', '', 'counter', 'requests'],
    ['a..b', '', 'other', 'a_b'],
    ['a__b', '', 'other', 'a_b'],
    ['foo.', '', 'other', 'foo_'],
    ['1st', '', 'other', '_1st'],
    ['...', '', 'other', undefined],
  ])(SERVES, (name, unit, kind, served) => {
    expect(translateName(name, unit, kind, 'UnderscoreEscapingWithoutSuffixes')).toBe(served);
  });
});

describe('translateName with NoUTF8EscapingWithSuffixes', () => {
  it.each<Row>([
    ['http.server.request.duration', 's', 'other', 'http.server.request.duration_seconds'],
    ['requests', '', 'counter', 'requests_total'],
    ['requests.total', '', 'counter', 'requests_total'],
    ['größe', 'By', 'other', 'größe_bytes'],
    ['größe.bytes', 'By', 'other', 'größe.bytes'],
    ['io', 'By/s', 'other', 'io_bytes_per_second'],
    ['odd', 'k@b', 'other', 'odd_k@b'],
    ['odd', 'Ω', 'other', 'odd_Ω'],
    ['load', '1', 'other', 'load'],
    ['', 's', 'other', undefined],
  ])(SERVES, (name, unit, kind, served) => {
    expect(translateName(name, unit, kind, 'NoUTF8EscapingWithSuffixes')).toBe(served);
  });
});

describe('translateName with NoTranslation', () => {
  it('translateName with NoTranslation leaves every name alone', () => {
    expect(translateName('größe.x', 'By', 'counter', 'NoTranslation')).toBe('größe.x');
    expect(translateName('a..b__c', 's', 'counter', 'NoTranslation')).toBe('a..b__c');
  });
});

describe('translateLabel', () => {
  it.each<[string, string | undefined]>([
    ['http.route', 'http_route'],
    ['a..b', 'a_b'],
    ['1st', 'key_1st'],
    ['__name__', '_name_'],
    ['__x', '_x'],
    ['x__', 'x_'],
    ['a:b', 'a_b'],
    ['ünï', '_n_'],
    ['_', '_'],
    ['ようこそ', '_'],
    ['', undefined],
  ])('serves the attribute %j as the label %s', (key, label) => {
    expect(translateLabel(key)).toBe(label);
  });

  it.each(['NoTranslation', 'NoUTF8EscapingWithSuffixes'] as const)('keeps the attribute key with %s', (strategy) => {
    expect(translateLabel('http.route', strategy)).toBe('http.route');
    expect(translateLabel('__x', strategy)).toBe('__x');
    expect(translateLabel('', strategy)).toBeUndefined();
  });
});

describe('escapeName', () => {
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
  ])('escapes by the scheme %s the name %s as %s', (scheme, name, escaped) => {
    expect(escapeName(name, scheme, 'metric')).toBe(escaped);
    expect(scheme === 'allow-utf-8' || isLegacyName(escaped, 'metric')).toBe(true);
  });

  it('escapes a colon in a label, where it is not legal', () => {
    expect(escapeName('a:b', 'underscores', 'label')).toBe('a_b');
  });
});

describe('unitInName', () => {
  it.each<[string, string, string]>([
    ['wait_seconds', 's', 'seconds'],
    ['wait', 's', ''],
    ['io_bytes_per_second', 'By/s', 'bytes_per_second'],
    ['io_second', 'By/s', ''],
    ['load_ratio', '1', ''],
    ['jobs', '{job}', ''],
  ])('finds at the end of %s, in %j, the unit %j', (name, unit, words) => {
    expect(unitInName(name, unit)).toBe(words);
  });
});

describe('labelValueText', () => {
  it.each<[unknown, string]>([
    ['text', 'text'],
    ['', ''],
    ['"quoted"\n', '"quoted"\n'],
    ['a\ud800', 'a\ufffd'],
    [true, 'true'],
    [false, 'false'],
    [42, '42'],
    [-0, '0'],
    [0.125, '0.125'],
    [1.23e10, '12300000000'],
    [1e300, '1e+300'],
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
    [null, ''],
    [undefined, ''],
    [[], '[]'],
    [[1, -Infinity, 'a', true, null], '[1,"-Infinity","a",true,null]'],
    [['a', undefined], '["a",null]'],
    [[Number.NaN], '["NaN"]'],
    [new Uint8Array([104, 101, 108, 108, 111, 32, 119, 111, 114, 108, 100]), 'aGVsbG8gd29ybGQ='],
    [new Uint8Array([0, 104, 105, 0]).subarray(1, 3), 'aGk='],
    [Buffer.from('hi'), 'aGk='],
    [[Buffer.from('hi')], '["aGk="]'],
    [{ nested: Buffer.from('hi'), b: [3, null] }, '{"nested":"aGk=","b":[3,null]}'],
    [[12345678901234567890n], '["12345678901234567890"]'],
    [() => 1, ''],
    [Symbol('x'), ''],
  ])('writes %o as %j', (value, text) => {
    expect(labelValueText(value as never)).toBe(text);
  });

  it('writes a value that contains itself as the empty string', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(labelValueText(cycle as never)).toBe('');
  });
});
