import { parse, stringify } from 'yaml';
import type { ScrapeConfig } from '../scrape-config';

const API_VERSION = 'monitoring.coreos.com/v1';

/**
 * Returns manifests for the Prometheus Operator: a ServiceMonitor, and a PrometheusRule with the groups of rule files.
 *
 * @param ruleFiles the text of each rule file
 */
export function kubernetesManifests(system: string, config: ScrapeConfig, ruleFiles: readonly string[]): string {
  const metadata = { name: system, labels: { 'app.kubernetes.io/name': system } };
  const monitor = {
    apiVersion: API_VERSION,
    kind: 'ServiceMonitor',
    metadata,
    spec: {
      selector: { matchLabels: config.labels },
      endpoints: [{ port: config.port, path: config.path, interval: config.interval }],
    },
  };
  const groups = ruleFiles.flatMap((text) => (parse(text) as { groups?: readonly object[] } | null)?.groups ?? []);
  const rule = { apiVersion: API_VERSION, kind: 'PrometheusRule', metadata, spec: { groups } };
  const documents = groups.length === 0 ? [monitor] : [monitor, rule];
  const comment = '# Generated from scrape.yaml and the rule files. Do not edit. Run "meterbridge generate".\n';
  const options = { lineWidth: 0, aliasDuplicateObjects: false } as const;
  return comment + documents.map((document) => stringify(document, options)).join('---\n');
}
