import type { YamlMap } from '../yaml/yaml-map';

const DURATION = /^([0-9]+(ms|[smhdwy]))+$/;

/** Returns a Prometheus duration, or the default if the key is absent. Adds an issue if the value is no duration. */
export function readDuration(entry: YamlMap, key: string, defaultDuration: string): string {
  const duration = entry.optionalString(key) ?? defaultDuration;
  if (!DURATION.test(duration)) entry.invalid(key, 'a duration such as 15s, 5m or 1h30m');
  return duration;
}
