import { ValueType } from '@opentelemetry/api';
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import { DEFINITION, type MetricDefinition } from '../catalog/definition';
import { DATA_POINT_TYPE, INSTRUMENT_TYPE, TEMPORALITY } from '../collection/enums';
import { toHrTime } from '../collection/hr-time';
import type { Aggregator } from './aggregator';

const PROCESSES: MetricDefinition = {
  name: 'meterbridge_processes',
  instrument: 'gauge',
  description:
    'Processes and threads whose metrics are on the page; of a late one, which has not answered in time, the last known values',
  labels: { state: ['current', 'late'] },
};

/** Produces metrics about the workers of an aggregator; none while there is no aggregator. */
export class ProcessMetrics implements MetricProducer {
  constructor(private readonly aggregator: () => Aggregator | undefined) {}

  async collect(): Promise<CollectionResult> {
    const aggregator = this.aggregator();
    await aggregator?.settled();
    const metrics = aggregator === undefined ? [] : [countProcesses(aggregator)];
    const scopeMetrics = [{ scope: { name: 'meterbridge' }, metrics }];
    return {
      resourceMetrics: { resource: { attributes: {} }, scopeMetrics },
      errors: [],
    } as unknown as CollectionResult;
  }
}

/** This process is one of the current ones. */
function countProcesses({ workers, lateWorkers }: Aggregator): object {
  const now = toHrTime(Date.now());
  const { name, description } = PROCESSES;
  const type = INSTRUMENT_TYPE.GAUGE;
  const states = { current: 1 + workers - lateWorkers, late: lateWorkers };
  return {
    descriptor: { name, description, unit: '', type, valueType: ValueType.INT, [DEFINITION]: PROCESSES },
    aggregationTemporality: TEMPORALITY.CUMULATIVE,
    dataPointType: DATA_POINT_TYPE.GAUGE,
    dataPoints: Object.entries(states).map(([state, value]) => {
      return { startTime: now, endTime: now, attributes: { state }, value };
    }),
  };
}
