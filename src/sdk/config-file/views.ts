import type { AggregationOption, InstrumentType, ViewOptions } from '@opentelemetry/sdk-metrics';
import { AGGREGATION_TYPE, INSTRUMENT_TYPE } from '../../collection/enums';
import { resourceLabelFilter } from '../../exporter/resource-labels';
import type { YamlMap } from '../../yaml/yaml-map';

const SELECTOR_KEYS = [
  'instrument_name',
  'instrument_type',
  'unit',
  'meter_name',
  'meter_version',
  'meter_schema_url',
] as const;
const STREAM_KEYS = ['name', 'description', 'aggregation', 'aggregation_cardinality_limit', 'attribute_keys'] as const;
const INSTRUMENTS: Readonly<Record<string, InstrumentType>> = {
  counter: INSTRUMENT_TYPE.COUNTER,
  gauge: INSTRUMENT_TYPE.GAUGE,
  histogram: INSTRUMENT_TYPE.HISTOGRAM,
  observable_counter: INSTRUMENT_TYPE.OBSERVABLE_COUNTER,
  observable_gauge: INSTRUMENT_TYPE.OBSERVABLE_GAUGE,
  observable_up_down_counter: INSTRUMENT_TYPE.OBSERVABLE_UP_DOWN_COUNTER,
  up_down_counter: INSTRUMENT_TYPE.UP_DOWN_COUNTER,
};

/** Returns the views of `meter_provider.views`, as the option `views` has them. */
export function readViews(meterProvider: YamlMap): ViewOptions[] {
  return meterProvider.list('views', ['selector', 'stream']).map((view) => {
    const options = {
      ...readSelector(view.map('selector', SELECTOR_KEYS)),
      ...readStream(view.map('stream', STREAM_KEYS)),
    };
    return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  });
}

function readSelector(selector: YamlMap | undefined) {
  const type = selector?.oneOf('instrument_type', Object.keys(INSTRUMENTS));
  return {
    instrumentName: selector?.optionalString('instrument_name'),
    instrumentType: type === undefined ? undefined : INSTRUMENTS[type],
    instrumentUnit: selector?.optionalString('unit'),
    meterName: selector?.optionalString('meter_name'),
    meterVersion: selector?.text('meter_version'),
    meterSchemaUrl: selector?.optionalString('meter_schema_url'),
  };
}

function readStream(stream: YamlMap | undefined) {
  const keys = stream?.map('attribute_keys', ['included', 'excluded']);
  return {
    name: stream?.optionalString('name'),
    description: stream?.optionalString('description'),
    aggregation: readAggregation(stream?.map('aggregation', AGGREGATION_KEYS)),
    aggregationCardinalityLimit: stream?.integer('aggregation_cardinality_limit', 1),
    attributesProcessors: keys === undefined ? undefined : [createProcessor(keys)],
  };
}

function createProcessor(keys: YamlMap): NonNullable<ViewOptions['attributesProcessors']>[number] {
  const isKept = resourceLabelFilter({
    ...(keys.has('included') ? { included: keys.strings('included') } : {}),
    excluded: keys.strings('excluded'),
  });
  return { process: (attributes) => Object.fromEntries(Object.entries(attributes).filter(([key]) => isKept(key))) };
}

/** The aggregations of a view in a configuration file. */
export const AGGREGATION_KEYS = [
  'default',
  'drop',
  'sum',
  'last_value',
  'explicit_bucket_histogram',
  'base2_exponential_bucket_histogram',
] as const;

function readAggregation(aggregation: YamlMap | undefined): AggregationOption | undefined {
  switch (aggregation?.keys()[0]) {
    case 'default':
      return { type: AGGREGATION_TYPE.DEFAULT };
    case 'drop':
      return { type: AGGREGATION_TYPE.DROP };
    case 'sum':
      return { type: AGGREGATION_TYPE.SUM };
    case 'last_value':
      return { type: AGGREGATION_TYPE.LAST_VALUE };
    case 'explicit_bucket_histogram': {
      const options = aggregation.map('explicit_bucket_histogram', ['boundaries', 'record_min_max']);
      const boundaries = options?.numbers('boundaries');
      const type = AGGREGATION_TYPE.EXPLICIT_BUCKET_HISTOGRAM;
      if (boundaries === undefined) return { type };
      return { type, options: { boundaries, recordMinMax: options?.boolean('record_min_max') ?? true } };
    }
    case 'base2_exponential_bucket_histogram': {
      const options = aggregation.map('base2_exponential_bucket_histogram', [
        'max_scale',
        'max_size',
        'record_min_max',
      ]);
      if (options?.has('max_scale')) options.unsupported('max_scale');
      const maxSize = options?.integer('max_size', 2);
      const recordMinMax = options?.boolean('record_min_max') ?? true;
      return {
        type: AGGREGATION_TYPE.EXPONENTIAL_HISTOGRAM,
        options: { recordMinMax, ...(maxSize === undefined ? {} : { maxSize }) },
      };
    }
    default:
      return undefined;
  }
}
