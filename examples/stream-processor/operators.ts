import type { Timed } from 'meterbridge/instruments';
import { type StreamProcessor, streamProcessor } from 'meterbridge/systems/stream-processor';

/** An operator without an event for this long is not active. */
const IDLE_MILLIS = 5000;

export type Operator = 'parse' | 'filter' | 'deduplicate' | 'normalise' | 'window' | 'aggregate';

/** Runs and times the operators of a pipeline, and knows which of them are in use. */
export class Operators {
  private readonly lastRun = new Map<Operator, number>();

  /** @param metrics records what operators do; by default the metrics of the process */
  constructor(private readonly metrics: StreamProcessor = streamProcessor) {}

  run<R>(operator: Operator, work: () => R): Timed<R> {
    this.lastRun.set(operator, performance.now());
    return this.metrics.timeOperator(operator, work);
  }

  /** Records the number of operators that have handled an event in the last seconds. */
  updateActive(): void {
    const since = performance.now() - IDLE_MILLIS;
    const active = [...this.lastRun.values()].filter((time) => time >= since);
    this.metrics.setPipelineOperatorsActive(active.length);
  }
}
