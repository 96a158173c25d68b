import type { Worker } from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { errorMessage } from '../../issues';
import { withTimeout } from '../../timeout';
import { aggregators } from './aggregators';
import type { PrometheusContentType, RegistryContentType } from './content-types';
import { register } from './default-registry';
import type { MetricJson } from './metric-json';
import { Registry } from './registry';

const REQUEST = 'meterbridge:prom-client:request';
const RESPONSE = 'meterbridge:prom-client:response';
const RESPONSE_MILLIS = 5000;

interface Message {
  readonly type: typeof REQUEST | typeof RESPONSE;
  readonly id: string;
  readonly metrics?: readonly (readonly MetricJson[])[];
  readonly error?: string;
}

/**
 * Combines the metrics of the workers of `node:cluster`, as the `AggregatorRegistry` of prom-client. The primary and each
 * worker create one.
 */
export class AggregatorRegistry<C extends RegistryContentType = PrometheusContentType> extends Registry<C> {
  /** The registries whose metrics a worker sends. */
  private static registries: readonly Registry<RegistryContentType>[] = [register];
  private static answersRequests = false;

  constructor(contentType?: C) {
    super(contentType);
    // One listener for all instances, and only in a worker.
    if (AggregatorRegistry.answersRequests || !loadCluster().isWorker) return;
    AggregatorRegistry.answersRequests = true;
    answerRequests(() => AggregatorRegistry.registries);
  }

  /**
   * Returns the metrics of several processes, as `getMetricsAsJSON()` returns them, as one registry. Each metric is combined
   * by its `aggregator`.
   *
   * @throws Error for an unknown aggregator
   */
  static aggregate<C extends RegistryContentType = PrometheusContentType>(
    metrics: readonly (readonly object[])[],
    contentType?: C,
  ): Registry<C> {
    const byName = new Map<string, MetricJson[]>();
    for (const metric of metrics.flat() as MetricJson[]) {
      const others = byName.get(metric.name);
      if (others === undefined) byName.set(metric.name, [metric]);
      else others.push(metric);
    }
    const registry = new Registry<C>(contentType);
    for (const [name, group] of byName) {
      const [first] = group;
      const aggregate = first === undefined ? undefined : aggregators[first.aggregator];
      if (aggregate === undefined) throw new Error(`'${first?.aggregator}' is not a defined aggregator.`);
      const metric = aggregate(group);
      if (metric !== undefined) registry.registerMetric({ ...metric, name, get: () => metric });
    }
    return registry;
  }

  /** Sets the registries whose metrics this worker sends to the primary. The default registry by default. */
  static setRegistries<C extends RegistryContentType>(given: Registry<C> | readonly Registry<C>[]): void {
    const list = [given].flat() as unknown as Registry<RegistryContentType>[];
    for (const each of list) {
      if (!(each instanceof Registry)) throw new TypeError(`Expected Registry, got ${typeof each}`);
    }
    AggregatorRegistry.registries = list;
  }

  /**
   * Returns the metrics of all workers, combined. An empty text if there is no worker. Rejects if a worker fails, or does
   * not answer within 5 seconds.
   */
  async clusterMetrics(): Promise<string> {
    const workers = Object.values(loadCluster().workers ?? {}).filter((worker) => worker?.isConnected() === true);
    if (workers.length === 0) return '';
    const answers = Promise.all(workers.map((worker) => requestMetrics(worker as Worker)));
    const metrics = await withTimeout(answers, RESPONSE_MILLIS, 'Operation timed out.');
    return AggregatorRegistry.aggregate(metrics.flat(), this.contentType).metrics();
  }
}

function requestMetrics(worker: Worker): Promise<readonly (readonly MetricJson[])[]> {
  const id = randomUUID();
  return new Promise((resolve, reject) => {
    const end = () => {
      worker.off('message', receive);
      worker.off('exit', end);
      clearTimeout(timer);
      // A worker that ends takes its metrics with it.
      resolve([]);
    };
    const receive = (message: Partial<Message> | undefined) => {
      if (message?.type !== RESPONSE || message.id !== id) return;
      if (message.error === undefined) resolve(message.metrics ?? []);
      else reject(new Error(message.error));
      end();
    };
    const timer = setTimeout(end, 2 * RESPONSE_MILLIS).unref();
    worker.on('message', receive);
    worker.on('exit', end);
    worker.send({ type: REQUEST, id } satisfies Message);
  });
}

/** Answers the requests of the primary with the metrics of registries. */
function answerRequests(registries: () => readonly Registry<RegistryContentType>[]): void {
  process.on('message', (message: Partial<Message> | undefined) => {
    if (message?.type !== REQUEST || message.id === undefined) return;
    const { id } = message;
    Promise.all(registries().map((registry) => registry.getMetricsAsJSON())).then(
      (metrics) => process.send?.({ type: RESPONSE, id, metrics } satisfies Message),
      (error: unknown) => process.send?.({ type: RESPONSE, id, error: errorMessage(error) } satisfies Message),
    );
  });
}

/** Loaded when it is needed, because some application servers do not support it. */
function loadCluster(): typeof import('node:cluster').default {
  return require('node:cluster') as typeof import('node:cluster').default;
}
