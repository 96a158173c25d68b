import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './servers/processes';

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, LockEntry>>;
};
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Readonly<Record<string, string>>;
};

/** Returns the entry that Node.js resolves a package name to, from the folder of another package. */
function resolve(from: string, name: string): LockEntry | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const entry = packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (entry !== undefined || folder === '') return entry;
  }
}

describe('the lock file', () => {
  it('holds every dependency of every package, those of other platforms included, so that npm ci accepts it', () => {
    const missing = Object.entries(packages).flatMap(([path, entry]) =>
      Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
        .filter((name) => resolve(path, name) === undefined)
        .map((name) => `${path} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('has a checksum for every package', () => {
    const unchecked = Object.entries(packages).filter(
      ([path, { integrity }]) => path !== '' && integrity === undefined,
    );
    expect(unchecked.map(([path]) => path)).toEqual([]);
  });

  it('holds one copy of each package that an app installs', () => {
    const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
    const names = installed.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name, i) => names.indexOf(name) < i)).toEqual([]);
  });

  it('pins the OpenTelemetry packages to the versions that the exporters pin', () => {
    const own = Object.entries(dependencies).filter(([name]) => name.startsWith('@opentelemetry/'));
    for (const [name, version] of own) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
      const pinned = Object.values(packages)
        .map((entry) => entry.dependencies?.[name])
        .filter((range) => range !== undefined && /^\d/.test(range));
      expect(new Set([version, ...pinned]), name).toEqual(new Set([version]));
    }
  });
});
