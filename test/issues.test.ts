import { expect, it } from 'vitest';
import { findNearest, invalidValue, printable, unknownName } from '../src/issues';

it('invalidValue says where, what was received and what was expected', () => {
  expect(invalidValue('prometheus.port', 'abc', 'an integer from 0 to 65535')).toEqual({
    code: 'invalid_value',
    path: 'prometheus.port',
    expected: 'an integer from 0 to 65535',
    received: '"abc"',
    message: 'invalid prometheus.port "abc": expected an integer from 0 to 65535',
  });
});

it('unknownName suggests the nearest accepted name', () => {
  expect(unknownName('exporter', 'an option', ['systems', 'exporters'])).toMatchObject({
    code: 'unknown_name',
    expected: 'exporters',
    message: 'exporter is not an option; did you mean exporters?',
  });
});

it('unknownName suggests nothing if no accepted name is similar', () => {
  const issue = unknownName('colour', 'an option', ['systems', 'exporters']);
  expect(issue.message).toBe('colour is not an option');
  expect(issue).not.toHaveProperty('expected');
});

it.each([
  ['METERBRIDGE_BEARER_TOKN', 'METERBRIDGE_BEARER_TOKEN'],
  ['METERBRIDGE_WEB_CONFIG', 'METERBRIDGE_WEB_CONFIG_FILE'],
  ['meterbridge_systems', 'METERBRIDGE_SYSTEMS'],
  ['METERBRIDGE_FOO', undefined],
])('findNearest returns for %s %s', (name, nearest) => {
  const names = ['METERBRIDGE_SYSTEMS', 'METERBRIDGE_BEARER_TOKEN', 'METERBRIDGE_WEB_CONFIG_FILE'];
  expect(findNearest(name, names)).toBe(nearest);
});

it('printable shortens long values and survives values that cannot be converted', () => {
  expect(printable('x'.repeat(100))).toHaveLength(80);
  const hostile = {
    toString() {
      throw new Error('no');
    },
  };
  expect(printable(hostile)).toBe('an unprintable object');
});
