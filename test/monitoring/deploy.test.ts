import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT } from '../servers/processes';

const read = (path: string) => readFileSync(join(ROOT, 'deploy', path), 'utf8');
/** The jobs of `semconv/prometheus.yml` by system. */
const JOBS: Readonly<Record<string, string>> = {
  ticker: 'ticker-poc',
  'stream-processor': 'stream-processor',
  hodei: 'hodei-server',
  orchestrator: 'orchestrator',
  allsource: 'allsource-core',
  'control-plane': 'allsource-control-plane',
};
const SYSTEMS = Object.keys(JOBS);

/** The documented addresses by job. */
function readTargets(): Map<string, string> {
  const { scrape_configs } = parse(readFileSync(join(ROOT, 'semconv/prometheus.yml'), 'utf8')) as {
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
  };
  return new Map(scrape_configs.map(({ job_name, static_configs }) => [job_name, static_configs[0]?.targets[0] ?? '']));
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly network_mode?: string;
  readonly volumes?: readonly string[];
}

describe('the deployment of the examples', () => {
  const { services } = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service> };

  it('the compose file runs every system under the name and network that prometheus.yml expects', () => {
    const programs = Object.values(services).flatMap(({ environment }) => environment?.SYSTEM ?? []);
    expect(programs.sort()).toEqual([...SYSTEMS].sort());
    const hosts = [...readTargets().values()].map((target) => target.split(':')[0] as string);
    const own = hosts.filter((host) => host !== 'localhost');
    for (const host of own) expect(services[host]?.network_mode, host).toBeUndefined();
    for (const [name, { environment, network_mode }] of Object.entries(services)) {
      if (environment?.SYSTEM === undefined || own.includes(name)) continue;
      expect(network_mode, name).toBe('service:prometheus');
    }
    expect(services.prometheus?.command).toContain('--storage.tsdb.retention.time=30d');
  });

  it('every folder that the compose file mounts exists, and Grafana finds the dashboards', () => {
    const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
    for (const path of mounts.map((volume) => volume.split(':')[0] as string).filter((each) => each.startsWith('.'))) {
      expect(existsSync(join(ROOT, 'deploy', path)), path).toBe(true);
    }
    const provider = parse(read('grafana/provisioning/dashboards/meterbridge.yaml')) as {
      providers: { options: { path: string } }[];
    };
    expect(services.grafana?.volumes).toContain(`../semconv:${provider.providers[0]?.options.path}:ro`);
    const source = parse(read('grafana/provisioning/datasources/prometheus.yaml')) as {
      datasources: { url: string }[];
    };
    const address = services.prometheus?.command?.find((flag) => flag.startsWith('--web.listen-address'));
    expect(source.datasources[0]?.url).toBe(`http://localhost${address?.split('=')[1]}`);
  });

  it.each(SYSTEMS)(
    'the Kubernetes objects of %s use its documented port and probe its health and readiness',
    (system) => {
      const objects = parseAllDocuments(read(`kubernetes/${system}.yaml`)).map((document) => document.toJS());
      const [deployment, service] = ['Deployment', 'Service'].map((kind) =>
        objects.find((object) => object.kind === kind),
      );
      const [container] = deployment.spec.template.spec.containers as [Container];
      const env = new Map(container.env.map(({ name, value }) => [name, value]));
      expect(env.get('SYSTEM')).toBe(system);
      const port = container.ports[0]?.containerPort;
      expect(String(port)).toBe(
        readTargets()
          .get(JOBS[system] as string)
          ?.split(':')[1],
      );
      expect(service.spec.ports).toEqual([{ name: 'metrics', port, targetPort: 'metrics' }]);
      expect(service.spec.selector).toEqual(deployment.spec.selector.matchLabels);
      expect(container.livenessProbe.httpGet).toEqual({ path: '/health', port: 'metrics' });
      expect(container.startupProbe.httpGet).toEqual({ path: '/health', port: 'metrics' });
      expect(container.readinessProbe.httpGet).toEqual({ path: '/ready', port: 'metrics' });
      const claims = deployment.spec.template.spec.volumes.flatMap(
        (volume: { persistentVolumeClaim?: { claimName: string } }) => volume.persistentVolumeClaim?.claimName ?? [],
      );
      for (const claim of claims) {
        expect(objects.some(({ kind, metadata }) => kind === 'PersistentVolumeClaim' && metadata.name === claim)).toBe(
          true,
        );
      }
    },
  );

  it('every system has Kubernetes objects', () => {
    expect(readdirSync(join(ROOT, 'deploy/kubernetes')).sort()).toEqual(
      SYSTEMS.map((system) => `${system}.yaml`).sort(),
    );
  });
});
