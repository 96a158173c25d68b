import { type MetricOptions, ValueType } from '@opentelemetry/api';
import type { InstrumentType } from '@opentelemetry/sdk-metrics';
import { DEFINITION, type MetricDefinition, prometheusType } from '../catalog/definition';
import type { CollectedDescriptor } from '../collection/points';
import { type Issue, invalidValue, printable } from '../issues';

/** The identity of an instrument, with all defaults applied. */
export interface InstrumentDescriptor extends CollectedDescriptor {
  readonly advice: { readonly explicitBucketBoundaries?: number[] };
}

/** Options of an instrument, with the definition of a documented metric. */
export type InstrumentOptions = MetricOptions & { readonly [DEFINITION]?: MetricDefinition };

export interface Described {
  readonly descriptor: InstrumentDescriptor;
  readonly definition: MetricDefinition | undefined;
  readonly issues: readonly Issue[];
}

/** The name syntax of the OpenTelemetry specification (Metrics API, Instrument name syntax). */
const NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

/**
 * Returns the descriptor of an instrument. Invalid options are ignored, with an issue each; a `null` unit or description is
 * an empty one (Metrics SDK, Instrument unit and Instrument description).
 */
export function describeInstrument(
  name: string,
  type: InstrumentType,
  options: InstrumentOptions | null | undefined,
): Described {
  try {
    return describe(name, type, options);
  } catch {
    // A getter or a proxy threw.
    const described = describe(name, type, undefined);
    const path = `${printable(name)}.options`;
    const expected = 'an object that can be read';
    const message = `invalid ${path}: expected ${expected}; ignored`;
    return { ...described, issues: [...described.issues, { code: 'invalid_value', path, expected, message }] };
  }
}

function describe(name: string, type: InstrumentType, options: InstrumentOptions | null | undefined): Described {
  const issues: Issue[] = [];
  const given: InstrumentOptions = typeof options === 'object' && options !== null ? options : {};
  if (options !== undefined && given !== options) {
    issues.push(invalidValue(`${printable(name)}.options`, options, 'an object'));
  }
  if (typeof name !== 'string' || !NAME.test(name)) {
    const expected = 'at most 255 letters, digits, "_", ".", "-" and "/", the first one a letter';
    issues.push(invalidValue('instrument name', name, expected));
  }
  const text = (field: 'description' | 'unit'): string => {
    const value: unknown = given[field];
    if (typeof value === 'string') return value;
    if (value !== undefined && value !== null) issues.push(invalidValue(`${name}.${field}`, value, 'a string'));
    return '';
  };
  const descriptor = {
    name,
    type,
    description: text('description'),
    unit: text('unit'),
    valueType: given.valueType === ValueType.INT ? ValueType.INT : ValueType.DOUBLE,
    advice: readAdvice(name, given.advice, issues),
  };
  return { descriptor, definition: given[DEFINITION], issues };
}

function readAdvice(name: string, advice: unknown, issues: Issue[]): InstrumentDescriptor['advice'] {
  if (advice === undefined) return {};
  if (typeof advice !== 'object' || advice === null) {
    issues.push(invalidValue(`${name}.advice`, advice, 'an object'));
    return {};
  }
  const boundaries: unknown = (advice as { explicitBucketBoundaries?: unknown }).explicitBucketBoundaries;
  if (boundaries === undefined) return {};
  if (!isBoundaries(boundaries)) {
    const expected = 'a list of different numbers';
    issues.push(invalidValue(`${name}.advice.explicitBucketBoundaries`, boundaries, expected));
    return {};
  }
  return { explicitBucketBoundaries: [...boundaries] };
}

/** Returns whether a value is a list of different numbers. */
export function isBoundaries(value: unknown): value is number[] {
  if (!Array.isArray(value) || value.some((each) => typeof each !== 'number' || Number.isNaN(each))) return false;
  // A set takes 0 and -0 for one.
  return new Set(value).size === value.length;
}

/** Returns whether an instrument kind is the one that a definition names, as Prometheus tells types apart. */
export function agreesWith(definition: MetricDefinition, type: InstrumentType): boolean {
  return prometheusType(definition) === PROM_TYPES[type];
}

const PROM_TYPES: Readonly<Record<InstrumentType, ReturnType<typeof prometheusType>>> = {
  COUNTER: 'counter',
  OBSERVABLE_COUNTER: 'counter',
  UP_DOWN_COUNTER: 'gauge',
  OBSERVABLE_UP_DOWN_COUNTER: 'gauge',
  GAUGE: 'gauge',
  OBSERVABLE_GAUGE: 'gauge',
  HISTOGRAM: 'histogram',
};
