import { getHeapSpaceStatistics } from 'node:v8';
import type { GaugeMerge, MetricDefinition } from '../../catalog/definition';
import {
  countEach,
  countOpenFiles,
  readActiveHandles,
  readActiveRequests,
  readMaxOpenFiles,
  readProcessMemory,
} from './process-readings';
import type { Observe, RuntimeMetrics } from './runtime-metrics';

const OBSERVED = {
  cpuUser: counter('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.', 's'),
  cpuSystem: counter('process_cpu_system_seconds_total', 'Total system CPU time spent in seconds.', 's'),
  cpu: counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', 's'),
  startTime: merged(
    'process',
    gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', 's'),
  ),
  residentMemory: gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', 'By'),
  virtualMemory: gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', 'By'),
  processHeap: gauge('process_heap_bytes', 'Process heap size in bytes.', 'By'),
  openFiles: gauge('process_open_fds', 'Number of open file descriptors.'),
  maxFiles: gauge('process_max_fds', 'Maximum number of open file descriptors.'),
  lag: merged('mean', gauge('nodejs_eventloop_lag_seconds', 'Lag of event loop in seconds.', 's')),
  lagMin: merged('min', gauge('nodejs_eventloop_lag_min_seconds', 'The minimum recorded event loop delay.', 's')),
  lagMax: merged('max', gauge('nodejs_eventloop_lag_max_seconds', 'The maximum recorded event loop delay.', 's')),
  lagMean: merged(
    'mean',
    gauge('nodejs_eventloop_lag_mean_seconds', 'The mean of the recorded event loop delays.', 's'),
  ),
  lagStddev: merged(
    'mean',
    gauge('nodejs_eventloop_lag_stddev_seconds', 'The standard deviation of the recorded event loop delays.', 's'),
  ),
  lagP50: merged(
    'mean',
    gauge('nodejs_eventloop_lag_p50_seconds', 'The 50th percentile of the recorded event loop delays.', 's'),
  ),
  lagP90: merged(
    'mean',
    gauge('nodejs_eventloop_lag_p90_seconds', 'The 90th percentile of the recorded event loop delays.', 's'),
  ),
  lagP99: merged(
    'mean',
    gauge('nodejs_eventloop_lag_p99_seconds', 'The 99th percentile of the recorded event loop delays.', 's'),
  ),
  resources: gauge(
    'nodejs_active_resources',
    'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
    undefined,
    'type',
  ),
  resourcesTotal: gauge('nodejs_active_resources_total', 'Total number of active resources.'),
  handles: gauge(
    'nodejs_active_handles',
    'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.',
    undefined,
    'type',
  ),
  handlesTotal: gauge('nodejs_active_handles_total', 'Total number of active handles.'),
  requests: gauge(
    'nodejs_active_requests',
    'Number of active libuv requests grouped by request type. Every request type is C++ class name.',
    undefined,
    'type',
  ),
  requestsTotal: gauge('nodejs_active_requests_total', 'Total number of active requests.'),
  heapTotal: gauge('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.', 'By'),
  heapUsed: gauge('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.', 'By'),
  externalMemory: gauge('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.', 'By'),
  spaceTotal: heapSpace('total'),
  spaceUsed: heapSpace('used'),
  spaceAvailable: heapSpace('available'),
  version: merged(
    'last',
    gauge('nodejs_version_info', 'Node.js version info.', undefined, 'version', 'major', 'minor', 'patch'),
  ),
} as const satisfies Record<string, MetricDefinition>;

type Key = keyof typeof OBSERVED;

function counter(name: string, description: string, unit: string): MetricDefinition {
  return { name, instrument: 'counter', description, unit, section: findSection(name) };
}

function gauge(name: string, description: string, unit?: string, ...labels: string[]): MetricDefinition {
  return {
    name,
    instrument: 'gauge',
    description,
    section: findSection(name),
    ...(unit === undefined ? {} : { unit }),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels.map((label) => [label, 'string'])) }),
  };
}

/** Returns a gauge that is not the sum over the processes of a program. The rules are those of prom-client. */
function merged(merge: GaugeMerge, definition: MetricDefinition): MetricDefinition {
  return { ...definition, merge };
}

/** Returns the section under which the dashboard shows a metric. */
function findSection(name: string): string {
  return name.startsWith('process_') ? 'Process' : 'Node.js';
}

function heapSpace(size: string): MetricDefinition {
  const name = `nodejs_heap_space_size_${size}_bytes`;
  return gauge(name, `Process heap space size ${size} from Node.js in bytes.`, 'By', 'space');
}

/** The metrics of `collectDefaultMetrics()` of prom-client 15: the same names, types, help texts and labels. */
export const PROM_CLIENT_METRICS: RuntimeMetrics<Key> = {
  isDocumented: true,
  observed: OBSERVED,
  ofProcess: [
    'cpuUser',
    'cpuSystem',
    'cpu',
    'startTime',
    'residentMemory',
    'virtualMemory',
    'processHeap',
    'openFiles',
    'maxFiles',
  ],
  garbageCollection: {
    name: 'nodejs_gc_duration_seconds',
    instrument: 'histogram',
    description: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    unit: 's',
    section: 'Node.js',
    labels: { kind: 'string' },
    buckets: [0.001, 0.01, 0.1, 1, 2, 5],
  },
  garbageCollectionAttributes: (kind) => ({ kind }),
  observe: (observe, eventLoop) => {
    observeProcess(observe);
    observeMemory(observe);
    observeActivity(observe);
    const { min, max, mean, stddev, p50, p90, p99 } = eventLoop.readDelay();
    observe('lag', eventLoop.measureLag());
    observe('lagMin', min);
    observe('lagMax', max);
    observe('lagMean', mean);
    observe('lagStddev', stddev);
    observe('lagP50', p50);
    observe('lagP90', p90);
    observe('lagP99', p99);
  },
};

const START_SECONDS = Math.round(Date.now() / 1000 - process.uptime());
const [MAJOR = 0, MINOR = 0, PATCH = 0] = process.version.slice(1).split('.').map(parseDigits);
const VERSION_LABELS = { version: process.version, major: MAJOR, minor: MINOR, patch: PATCH };

/** Returns the number that a part of a version begins with: `0` of `0-nightly`, for which prom-client has `NaN`. */
function parseDigits(part: string): number {
  return Number.parseInt(part, 10);
}

let maxOpenFiles: number | undefined;

function observeProcess(observe: Observe<Key>): void {
  const { user, system } = process.cpuUsage();
  observe('cpuUser', user / 1e6);
  observe('cpuSystem', system / 1e6);
  observe('cpu', (user + system) / 1e6);
  observe('startTime', START_SECONDS);
  observe('version', 1, VERSION_LABELS);
  observe('openFiles', countOpenFiles());
  maxOpenFiles ??= readMaxOpenFiles();
  observe('maxFiles', maxOpenFiles);
}

function observeMemory(observe: Observe<Key>): void {
  const { resident, virtual, data } = readProcessMemory();
  observe('residentMemory', resident);
  observe('virtualMemory', virtual);
  observe('processHeap', data);
  const { heapTotal, heapUsed, external } = process.memoryUsage();
  observe('heapTotal', heapTotal);
  observe('heapUsed', heapUsed);
  observe('externalMemory', external);
  for (const space of getHeapSpaceStatistics()) {
    const labels = { space: space.space_name.replace(/_space$/, '') };
    observe('spaceTotal', space.space_size, labels);
    observe('spaceUsed', space.space_used_size, labels);
    observe('spaceAvailable', space.space_available_size, labels);
  }
}

function observeActivity(observe: Observe<Key>): void {
  const observeTypes = (key: Key, total: Key, types: readonly string[] | undefined) => {
    observe(total, types?.length);
    for (const [type, count] of countEach(types ?? [])) observe(key, count, { type });
  };
  observeTypes('resources', 'resourcesTotal', process.getActiveResourcesInfo());
  observeTypes('handles', 'handlesTotal', readActiveHandles());
  observeTypes('requests', 'requestsTotal', readActiveRequests());
}
