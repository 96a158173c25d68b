import type { MetricOptions, Observable, ObservableCallback, ObservableResult } from '@opentelemetry/api';
import {
  type Collect,
  DEFINITION,
  type DefinitionCarrier,
  type MetricDefinition,
  type Observation,
  type Observed,
} from '../catalog/definition';
import { createLabelCopier, type LabelCopier, validateLabels } from '../catalog/label-validation';
import { report } from '../diagnostics';
import { invalidValue } from '../issues';
import type { MeterLike } from './instrument-types';
import { isThenable } from './thenable';

const NO_LABELS = {};

interface Created {
  readonly observable: Observable;
  collect: Collect | undefined;
}

/**
 * The asynchronous instruments of each meter by kind and name. A second set of instruments of a catalog must not call the
 * function of the definition a second time, and a module that is evaluated again replaces the function of the first.
 */
const created = new WeakMap<MeterLike, Map<string, Created>>();

/** Returns the instrument of an asynchronous metric, which observes what the definition collects. */
export function createObservable(meter: MeterLike, definition: MetricDefinition): Observable {
  const { name, instrument, collect } = definition;
  const ofMeter = created.get(meter) ?? new Map<string, Created>();
  created.set(meter, ofMeter);
  const key = `${instrument} ${name}`;
  const known = ofMeter.get(key);
  if (known !== undefined) {
    known.collect = collect ?? known.collect;
    return known.observable;
  }
  const entry: Created = { observable: create(meter, definition), collect };
  ofMeter.set(key, entry);
  entry.observable.addCallback(observeWith(definition, () => entry.collect?.()));
  return entry.observable;
}

function create(meter: MeterLike, definition: MetricDefinition): Observable {
  const { name, description, unit = '', instrument } = definition;
  const options: MetricOptions & DefinitionCarrier = { description, unit, [DEFINITION]: definition };
  if (instrument === 'counter') return meter.createObservableCounter(name, options);
  if (instrument === 'updowncounter') return meter.createObservableUpDownCounter(name, options);
  return meter.createObservableGauge(name, options);
}

/** Returns the callback that observes what a function collects. */
export function observeWith(definition: MetricDefinition, collect: Collect): ObservableCallback {
  const copyLabels = createLabelCopier(definition);
  return (result) => {
    const observed = collect();
    if (!isThenable<Observed>(observed)) return observeAll(definition, copyLabels, result, observed);
    return Promise.resolve(observed).then((values) => observeAll(definition, copyLabels, result, values));
  };
}

function observeAll(
  definition: MetricDefinition,
  copyLabels: LabelCopier,
  result: ObservableResult,
  observed: Observed,
): void {
  if (observed === undefined) return;
  if (typeof observed === 'number') {
    observe(definition, copyLabels, result, { value: observed });
  } else if (isIterable(observed)) {
    for (const observation of observed) observe(definition, copyLabels, result, observation);
  } else {
    const expected = 'a number, or a list of { value, labels }';
    const { message } = invalidValue(`observation of ${definition.name}`, observed, expected);
    report('value', `${message}; it is ignored`, definition.name);
  }
}

function observe(
  definition: MetricDefinition,
  copyLabels: LabelCopier,
  result: ObservableResult,
  { value, labels = NO_LABELS }: Observation,
): void {
  const copy = copyLabels(labels);
  if (copy !== undefined) {
    result.observe(value, copy);
    return;
  }
  const { attributes, issues } = validateLabels(definition, labels);
  for (const { code, message, path } of issues) {
    report('label', message, code === 'invalid_label' ? path : `${definition.name} ${code}`);
  }
  result.observe(value, attributes);
}

function isIterable(value: unknown): value is Iterable<Observation> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
