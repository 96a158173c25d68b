// Bundles src/ into few files of dist/, because the time that a start takes is mostly that of finding and compiling files. Each module
// is in exactly one file, which all entry points share.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { build, RolldownMagicString } from 'rolldown';

const SRC = join(import.meta.dirname, 'src');
const DIST = join(import.meta.dirname, 'dist');

/** The files that `package.json` names, and the program that `meterbridge init` runs in another process. */
const ENTRIES = [
  'index',
  'register',
  'prom-client',
  'instruments/index',
  'testing/index',
  'exporter/prometheus-exporter',
  'systems/ticker',
  'systems/stream-processor',
  'systems/hodei',
  'systems/orchestrator',
  'systems/allsource',
  'systems/control-plane',
  'cli/main',
  'cli/prom-client-preload',
];

/** What most starts do not need before the app's own code runs. Each is a file that is loaded when it is first used. */
const DEFERRED = {
  scrape:
    /^(exposition\/(encode|family|families|label|merge|exemplar)|dashboard\/(?!routes)|exporter\/pushgateway|http\/(send|compression|content-encoding))/,
  protection: /^(yaml\/|http\/(web-config|tls|authentication|password|failure|token))/,
  parser: /^exposition\/decode\//,
  processes:
    /^processes\/(aggregator\.|merged|state|frame|worker-connection|worker-client|gauge-merge|contribution|election)/,
};
const DEFERRED_BUILTINS = /^node:(crypto|https|module|os|perf_hooks|stream|tls|v8|zlib)$/;

/** What is loaded together. A file of `sdk/start` and all that it imports; what measures HTTP; what measures the process. */
const JOINED = [
  ['launchers', (name) => name === 'processes/role.ts'],
  ['instruments', (name, imports) => /^(diagnostics|issues)\.ts$/.test(name) || imports('instruments/index.ts', name)],
  ...Object.entries(DEFERRED).map(([file, pattern]) => [file, (name) => pattern.test(name)]),
  ['start', (name, imports) => imports('sdk/start.ts', name)],
  ['http-metrics', (name) => /^instrumentation\/http\/(?!stock)/.test(name)],
  ['runtime-metrics', (name) => /^instrumentation\/runtime\/(?!opentelemetry|prom-client)/.test(name)],
];

/** Returns the modules that are loaded by `require()`, so that only what the configuration asks for is loaded. */
function findRequired() {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.flatMap((file) => {
    const paths = [...readFileSync(join(SRC, file), 'utf8').matchAll(/\brequire\('(\.[^']+)'\)/g)];
    return paths.map(([, path]) => posix.join(dirname(file).split(sep).join('/'), path));
  });
}

/** The page of the dashboard, which `write-assets.mjs` writes. */
const ASSETS = 'dashboard/assets';
const inputs = new Set([...ENTRIES, ...findRequired()].filter((name) => name !== ASSETS));

/** Leaves `require()` of own modules as it is: each is a file of its own. */
const keepRequire = {
  name: 'keep-require',
  resolveId(path, importer, { kind }) {
    if (kind !== 'require-call' || !path.startsWith('.')) return null;
    return { id: join(DIST, `${relative(SRC, join(dirname(importer), path))}.js`), external: 'relative' };
  },
};

/** Loads the deferred files and modules of Node.js where they are used first, instead of at the beginning of a file. */
const deferRequire = {
  name: 'defer-require',
  renderChunk(code, { name: chunk }) {
    // Node.js finds the names of exports in the text of a file, and only those of eager ones.
    if (ENTRIES.includes(chunk)) return null;
    const required = [...code.matchAll(/^(?:const|let) (\w+) = (require\("([^"]+)"\));$/gm)].filter(
      ([, name, , path]) => isDeferred(path) && !code.includes(`${name} = require_rolldown_runtime`),
    );
    if (required.length === 0) return null;
    const text = new RolldownMagicString(code);
    for (const { index, 0: statement, 1: name, 2: call } of required) {
      text.overwrite(index, index + statement.length, `let ${name};`);
      for (const use of code.matchAll(new RegExp(`\\b${name}(?=\\.)`, 'g'))) {
        text.overwrite(use.index, use.index + name.length, `(${name} ??= ${call})`);
      }
    }
    return { code: text.toString(), map: text.generateMap({ hires: 'boundary' }).toString() };
  },
};

function isDeferred(path) {
  return DEFERRED_BUILTINS.test(path) || posix.basename(path, '.js') in DEFERRED;
}

const closures = new Map();

/** Returns whether a module is `root` or one that it imports, directly or not. */
function isImported(root, id, context) {
  if (!closures.has(root)) {
    const found = new Set();
    const visit = (each) => {
      if (found.has(each)) return;
      found.add(each);
      for (const next of context.getModuleInfo(each)?.importedIds ?? []) visit(next);
    };
    visit(join(SRC, root));
    closures.set(root, found);
  }
  return closures.get(root).has(id);
}

const shared = {
  platform: 'node',
  external: [/^[^./]/],
};

await build([
  {
    ...shared,
    input: Object.fromEntries([...inputs].map((name) => [name, join(SRC, `${name}.ts`)])),
    preserveEntrySignatures: 'allow-extension',
    plugins: [keepRequire, deferRequire],
    output: {
      dir: DIST,
      format: 'cjs',
      exports: 'named',
      esModule: true,
      strict: true,
      generatedCode: { symbols: false },
      sourcemap: true,
      comments: false,
      chunkFileNames: 'chunks/[name].js',
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: JOINED.map(([file, holds], i) => ({
          debugName: file,
          priority: JOINED.length - i,
          name: (id, context) => {
            const name = relative(SRC, id).split(sep).join('/');
            const isHeld = holds(name, (root) => isImported(root, id, context));
            return isHeld ? file : null;
          },
        })),
      },
    },
  },
  {
    ...shared,
    input: join(SRC, 'prom-client.mts'),
    external: [/./],
    output: { dir: DIST, format: 'esm', entryFileNames: '[name].mjs', sourcemap: true, comments: false },
  },
]);
