import { expect, it } from 'vitest';
import { parseDecimal, readAddress } from '../../src/exporter/environment';

it('readAddress returns the host and port of the environment', () => {
  const env = { OTEL_EXPORTER_PROMETHEUS_HOST: ' ::1 ', OTEL_EXPORTER_PROMETHEUS_PORT: '0' };
  expect(readAddress(env)).toEqual({ host: '::1', port: 0, issues: [] });
});

it('readAddress counts empty variables as not set', () => {
  const env = { OTEL_EXPORTER_PROMETHEUS_HOST: '', OTEL_EXPORTER_PROMETHEUS_PORT: ' ' };
  expect(readAddress(env)).toEqual({ host: undefined, port: undefined, issues: [] });
});

it.each(['banana', '65536', '0x50', '1e3', '-1', '80.5'])('readAddress reports the port %s', (port) => {
  const { issues, port: found } = readAddress({ OTEL_EXPORTER_PROMETHEUS_PORT: port });
  expect(found).toBeUndefined();
  expect(issues).toEqual([expect.objectContaining({ path: 'OTEL_EXPORTER_PROMETHEUS_PORT', received: `"${port}"` })]);
});

it('parseDecimal accepts a sign and refuses what is out of range', () => {
  expect([parseDecimal('+5', 0, 9), parseDecimal('-5', -9, 9), parseDecimal('10', 0, 9)]).toEqual([5, -5, undefined]);
});
