import type { Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import type { YamlMap } from '../yaml/yaml-map';
import { RegistryError } from './registry-error';

/** What to do about one alert. */
export interface RunbookEntry {
  /** The PromQL query to run next. */
  readonly nextQuery: string;
  readonly causes: readonly string[];
  readonly remedies: readonly string[];
}

/** What to do about one alert of `alerts.yaml`. */
export interface AlertEntry extends RunbookEntry {
  readonly alert: string;
  /** What the alert means for those who use the system. */
  readonly meaning: string;
}

export const RUNBOOK_KEYS: readonly string[] = ['next_query', 'causes', 'remedies'];

/**
 * Reads a `runbook.yaml`: an entry for each alert of the system's `alerts.yaml`.
 *
 * @throws RegistryError with all issues, each with file, line and column
 */
export function readRunbook(file: string): AlertEntry[] {
  const issues: Issue[] = [];
  const entries = new YamlFile(file, issues)
    .root(['alerts'])
    .list('alerts', ['alert', 'meaning', ...RUNBOOK_KEYS])
    .map((entry) => ({ alert: entry.string('alert'), meaning: entry.string('meaning'), ...readRunbookEntry(entry) }));
  if (issues.length > 0) throw new RegistryError(issues);
  return entries;
}

/** Reads the entry of one alert from a mapping with {@link RUNBOOK_KEYS}. */
export function readRunbookEntry(entry: YamlMap): RunbookEntry {
  const items = (key: string): string[] => {
    const found = entry.strings(key);
    if (found.length === 0) entry.invalid(key, 'a list with at least one entry');
    return found;
  };
  return { nextQuery: entry.string('next_query'), causes: items('causes'), remedies: items('remedies') };
}
