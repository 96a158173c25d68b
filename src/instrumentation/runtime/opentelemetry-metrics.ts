import { getHeapSpaceStatistics } from 'node:v8';
import type { MetricDefinition } from '../../catalog/definition';
import { countEach, countOpenFiles, readProcessMemory } from './process-readings';
import type { RuntimeMetrics } from './runtime-metrics';

const OBSERVED = {
  cpuTime: metric('process.cpu.time', 'counter', 's', 'Total CPU seconds broken down by different CPU modes.'),
  memoryUsage: metric('process.memory.usage', 'updowncounter', 'By', 'The amount of physical memory in use.'),
  memoryVirtual: metric('process.memory.virtual', 'updowncounter', 'By', 'The amount of committed virtual memory.'),
  openFiles: metric(
    'process.unix.file_descriptor.count',
    'updowncounter',
    '{file_descriptor}',
    'Number of UNIX file descriptors in use by the process.',
  ),
  uptime: metric('process.uptime', 'gauge', 's', 'The time the process has been running.'),
  delayMin: metric('nodejs.eventloop.delay.min', 'gauge', 's', 'Event loop minimum delay.'),
  delayMax: metric('nodejs.eventloop.delay.max', 'gauge', 's', 'Event loop maximum delay.'),
  delayMean: metric('nodejs.eventloop.delay.mean', 'gauge', 's', 'Event loop mean delay.'),
  delayStddev: metric('nodejs.eventloop.delay.stddev', 'gauge', 's', 'Event loop standard deviation delay.'),
  delayP50: metric('nodejs.eventloop.delay.p50', 'gauge', 's', 'Event loop 50 percentile delay.'),
  delayP90: metric('nodejs.eventloop.delay.p90', 'gauge', 's', 'Event loop 90 percentile delay.'),
  delayP99: metric('nodejs.eventloop.delay.p99', 'gauge', 's', 'Event loop 99 percentile delay.'),
  time: metric(
    'nodejs.eventloop.time',
    'counter',
    's',
    'Cumulative duration of time the event loop has been in each state.',
  ),
  utilization: metric('nodejs.eventloop.utilization', 'gauge', '1', 'Event loop utilization.'),
  spaceSize: metric(
    'v8js.memory.heap.space.size',
    'updowncounter',
    'By',
    'Total heap memory size pre-allocated for a heap space.',
  ),
  spaceUsed: metric('v8js.memory.heap.used', 'updowncounter', 'By', 'Heap Memory size allocated.'),
  spaceAvailable: metric('v8js.memory.heap.space.available_size', 'updowncounter', 'By', 'Heap space available size.'),
  spacePhysical: metric(
    'v8js.memory.heap.space.physical_size',
    'updowncounter',
    'By',
    'Committed size of a heap space.',
  ),
  resources: metric(
    'v8js.resource.active',
    'gauge',
    '{resource}',
    'Gauge of the active resources that are currently keeping the event loop alive.',
  ),
} as const satisfies Record<string, MetricDefinition>;

function metric(
  name: string,
  instrument: MetricDefinition['instrument'],
  unit: string,
  description: string,
): MetricDefinition {
  return { name, instrument, unit, description };
}

/** The metrics of the OpenTelemetry semantic conventions 1.45 for Node.js, V8 and processes (status: Development). */
export const OPENTELEMETRY_METRICS: RuntimeMetrics<keyof typeof OBSERVED> = {
  isDocumented: false,
  observed: OBSERVED,
  ofProcess: ['cpuTime', 'memoryUsage', 'memoryVirtual', 'openFiles', 'uptime'],
  garbageCollection: {
    name: 'v8js.gc.duration',
    instrument: 'histogram',
    unit: 's',
    description: 'Garbage collection duration.',
    buckets: [0.01, 0.1, 1, 10],
  },
  garbageCollectionAttributes: (kind) => ({ 'v8js.gc.type': kind }),
  observe: (observe, eventLoop) => {
    const { user, system } = process.cpuUsage();
    observe('cpuTime', user / 1e6, { 'cpu.mode': 'user' });
    observe('cpuTime', system / 1e6, { 'cpu.mode': 'system' });
    const { resident, virtual } = readProcessMemory();
    observe('memoryUsage', resident);
    observe('memoryVirtual', virtual);
    observe('openFiles', countOpenFiles());
    observe('uptime', process.uptime());
    const { min, max, mean, stddev, p50, p90, p99 } = eventLoop.readDelay();
    observe('delayMin', min);
    observe('delayMax', max);
    observe('delayMean', mean);
    observe('delayStddev', stddev);
    observe('delayP50', p50);
    observe('delayP90', p90);
    observe('delayP99', p99);
    const { active, idle } = eventLoop.readTimes();
    observe('time', active, { 'nodejs.eventloop.state': 'active' });
    observe('time', idle, { 'nodejs.eventloop.state': 'idle' });
    observe('utilization', eventLoop.readUtilization());
    for (const space of getHeapSpaceStatistics()) {
      const attributes = { 'v8js.heap.space.name': space.space_name };
      observe('spaceSize', space.space_size, attributes);
      observe('spaceUsed', space.space_used_size, attributes);
      observe('spaceAvailable', space.space_available_size, attributes);
      observe('spacePhysical', space.physical_space_size, attributes);
    }
    for (const [type, count] of countEach(process.getActiveResourcesInfo())) {
      observe('resources', count, { 'v8js.resource.type': type });
    }
  },
};
