import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { DEFAULT_CARDINALITY_LIMIT } from '../catalog/definition';
import { report } from '../diagnostics';
import { createConsoleExporter } from './console-exporter';
import { createOtlpExporter, MissingPackageError, type OtlpConnection } from './otlp-exporter';
import type { OtlpProtocol } from './protocols';
import type { PushExporter } from './push-exporter';
import { PushReader } from './push-reader';
import {
  createAggregationSelector,
  createTemporalitySelector,
  type HistogramAggregation,
  type TemporalityPreference,
} from './selectors';

/** What {@link createPushReaders} needs to know of the settings. */
export interface PushReadersOptions {
  /** The names of the exporters that are switched on. Names other than `otlp` and `console` are ignored. */
  readonly exporters: readonly string[];
  readonly protocol: OtlpProtocol;
  /** The time between two exports, in milliseconds, above 0. */
  readonly exportIntervalMillis: number;
  /** The longest time that one export takes, in milliseconds. 0 for no limit other than the exporter's own. */
  readonly exportTimeoutMillis: number;
  /** For `otlp`. The console shows cumulative values. */
  readonly temporality: TemporalityPreference;
  /** The aggregation of histograms without a view or a definition, for `otlp`. */
  readonly histogramAggregation: HistogramAggregation;
  /** How `otlp` connects; as its variables say by default. */
  readonly connection?: OtlpConnection | undefined;
  /** The maximum number of attribute sets per stream without a limit of its own. 2000 by default. */
  readonly cardinalityLimit?: number | undefined;
}

/**
 * Returns the readers that push, for `otlp` and `console`. The packages of an exporter are loaded when it is asked for. One
 * that cannot be created is reported and left out.
 */
export function createPushReaders(options: PushReadersOptions): IMetricReader[] {
  const { exporters, protocol, temporality, histogramAggregation } = options;
  const timeoutMillis = options.exportTimeoutMillis === 0 ? Infinity : options.exportTimeoutMillis;
  const createReader = (exporter: PushExporter, preference: TemporalityPreference, histograms: HistogramAggregation) =>
    new PushReader({
      exporter,
      intervalMillis: options.exportIntervalMillis,
      timeoutMillis,
      selectTemporality: createTemporalitySelector(preference),
      selectAggregation: createAggregationSelector(histograms),
      cardinalityLimit: options.cardinalityLimit ?? DEFAULT_CARDINALITY_LIMIT,
    });
  const readers: IMetricReader[] = [];
  if (exporters.includes('otlp')) {
    try {
      readers.push(
        createReader(
          createOtlpExporter(protocol, timeoutMillis, options.connection),
          temporality,
          histogramAggregation,
        ),
      );
    } catch (error) {
      reportUnavailable(protocol, error);
    }
  }
  if (exporters.includes('console')) {
    readers.push(createReader(createConsoleExporter(), 'cumulative', 'explicit_bucket_histogram'));
  }
  return readers;
}

function reportUnavailable(protocol: OtlpProtocol, error: unknown): void {
  const reason = error instanceof MissingPackageError ? error.message : String(error);
  report('configuration', `OTLP over ${protocol} is not available, metrics are not exported over it: ${reason}`);
}
