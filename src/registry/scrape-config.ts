import type { Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import { readDuration } from './read-duration';
import { RegistryError } from './registry-error';

/** How a Prometheus in Kubernetes finds and scrapes a system. */
export interface ScrapeConfig {
  /** The name of the Service's port. */
  readonly port: string;
  readonly path: string;
  readonly interval: string;
  /** The labels of the Service. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Reads a `scrape.yaml`. Every key has a default: the port `metrics`, the path `/metrics`, the interval `15s`, and the
 * label `app.kubernetes.io/name` with the name of the system.
 *
 * @throws RegistryError with all issues, each with file, line and column
 */
export function readScrapeConfig(file: string, system: string): ScrapeConfig {
  const issues: Issue[] = [];
  const root = new YamlFile(file, issues).root(['port', 'path', 'interval', 'labels']);
  const path = root.optionalString('path') ?? '/metrics';
  if (!path.startsWith('/')) root.invalid('path', 'a path that begins with a slash');
  const interval = readDuration(root, 'interval', '15s');
  const map = root.map('labels');
  const labels = map?.keys().map((key) => [key, map.string(key)]) ?? [['app.kubernetes.io/name', system]];
  const config = { port: root.optionalString('port') ?? 'metrics', path, interval, labels: Object.fromEntries(labels) };
  if (issues.length > 0) throw new RegistryError(issues);
  return config;
}
