import type { CollectionResult, MetricCollectOptions, MetricProducer } from '@opentelemetry/sdk-metrics';

/** What the producers of a reader collected. */
export interface ProducerResults<R> {
  readonly main: R;
  readonly others: readonly R[];
  readonly errors: readonly unknown[];
}

/**
 * Collects from the producer of a `MeterProvider` and from further ones at once. A further producer that fails is an error
 * of the collection, and the rest is complete.
 */
export async function collectProducers<R extends { readonly errors: readonly unknown[] }>(
  main: MetricProducer,
  further: readonly MetricProducer[],
  collect: (producer: MetricProducer) => Promise<R>,
): Promise<ProducerResults<R>> {
  const [first, ...rest] = await Promise.allSettled([main, ...further].map(async (each) => collect(each)));
  if (first?.status !== 'fulfilled') throw first?.reason;
  const others: R[] = [];
  const errors = [...first.value.errors];
  for (const result of rest) {
    if (result.status === 'rejected') errors.push(result.reason);
    else {
      others.push(result.value);
      errors.push(...result.value.errors);
    }
  }
  return { main: first.value, others, errors };
}

/** {@link collectProducers} in the shape of `@opentelemetry/sdk-metrics`. The resource is that of the main producer. */
export async function collectMetrics(
  producer: MetricProducer,
  further: readonly MetricProducer[],
  options: MetricCollectOptions | undefined,
): Promise<CollectionResult> {
  const { main, others, errors } = await collectProducers(producer, further, (each) => each.collect(options));
  const { resource, scopeMetrics } = main.resourceMetrics;
  const added = others.flatMap(({ resourceMetrics }) => resourceMetrics.scopeMetrics);
  return { resourceMetrics: { resource, scopeMetrics: [...scopeMetrics, ...added] }, errors: [...errors] };
}
