import type {
  BatchObservableCallback,
  Meter,
  MeterOptions,
  MeterProvider,
  MetricOptions,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api';
import { DEFINITION } from '../catalog/definition';
import { findLifecycle, LIFECYCLE, type ProviderLifecycle } from '../instruments/capabilities';

/**
 * A provider for an app that has registered one of another SDK: documented instruments record to ours, and every other
 * instrument records to both, so that neither SDK loses what it would have without the other. Instruments that were created
 * before stay with the SDK that created them.
 */
export class SharedMeterProvider implements MeterProvider {
  /**
   * @param own records documented metrics, and others too
   * @param other the provider that was registered before
   */
  constructor(
    private readonly own: MeterProvider,
    readonly other: MeterProvider,
  ) {}

  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    return new SharedMeter(this.own.getMeter(name, version, options), this.other.getMeter(name, version, options));
  }
}

class SharedMeter implements Meter {
  /** That of our provider, so that deferred instruments attach again when it is shut down. */
  declare readonly [LIFECYCLE]?: ProviderLifecycle;
  private readonly batches: Batch[] = [];

  constructor(
    private readonly own: Meter,
    private readonly other: Meter,
  ) {
    const lifecycle = findLifecycle(own);
    if (lifecycle !== undefined) this[LIFECYCLE] = lifecycle;
  }

  createCounter: Meter['createCounter'] = (name, options) => this.createAdding('createCounter', name, options);

  createUpDownCounter: Meter['createUpDownCounter'] = (name, options) =>
    this.createAdding('createUpDownCounter', name, options);

  createGauge: Meter['createGauge'] = (name, options) => this.createRecording('createGauge', name, options);

  createHistogram: Meter['createHistogram'] = (name, options) => this.createRecording('createHistogram', name, options);

  createObservableCounter: Meter['createObservableCounter'] = (name, options) =>
    new SharedObservable(
      this.own.createObservableCounter(name, options),
      this.other.createObservableCounter(name, options),
    );

  createObservableUpDownCounter: Meter['createObservableUpDownCounter'] = (name, options) =>
    new SharedObservable(
      this.own.createObservableUpDownCounter(name, options),
      this.other.createObservableUpDownCounter(name, options),
    );

  createObservableGauge: Meter['createObservableGauge'] = (name, options) =>
    new SharedObservable(
      this.own.createObservableGauge(name, options),
      this.other.createObservableGauge(name, options),
    );

  addBatchObservableCallback: Meter['addBatchObservableCallback'] = (callback, observables) => {
    const batch = { callback, own: forSide(callback, 'own'), other: forSide(callback, 'other'), observables };
    this.batches.push(batch);
    this.own.addBatchObservableCallback(batch.own, findSide(observables, 'own'));
    this.other.addBatchObservableCallback(batch.other, findSide(observables, 'other'));
  };

  removeBatchObservableCallback: Meter['removeBatchObservableCallback'] = (callback, observables) => {
    const index = this.batches.findIndex(
      (batch) => batch.callback === callback && hasSameMembers(batch.observables, observables),
    );
    const [batch] = index < 0 ? [] : this.batches.splice(index, 1);
    if (batch === undefined) return;
    this.own.removeBatchObservableCallback(batch.own, findSide(observables, 'own'));
    this.other.removeBatchObservableCallback(batch.other, findSide(observables, 'other'));
  };

  private createAdding(method: 'createCounter' | 'createUpDownCounter', name: string, options?: MetricOptions) {
    const own = this.own[method](name, options);
    if (isDocumented(options)) return own;
    const other = this.other[method](name, options);
    const add: typeof own.add = (...measurement) => {
      own.add(...measurement);
      other.add(...measurement);
    };
    return { add };
  }

  private createRecording(method: 'createGauge' | 'createHistogram', name: string, options?: MetricOptions) {
    const own = this.own[method](name, options);
    if (isDocumented(options)) return own;
    const other = this.other[method](name, options);
    const record: typeof own.record = (...measurement) => {
      own.record(...measurement);
      other.record(...measurement);
    };
    return { record };
  }
}

interface Batch {
  readonly callback: BatchObservableCallback;
  readonly own: BatchObservableCallback;
  readonly other: BatchObservableCallback;
  readonly observables: readonly Observable[];
}

type Side = 'own' | 'other';

/** Each SDK calls the callback when it collects. */
class SharedObservable implements Observable {
  constructor(
    readonly own: Observable,
    readonly other: Observable,
  ) {}

  addCallback(callback: ObservableCallback): void {
    this.own.addCallback(callback);
    this.other.addCallback(callback);
  }

  removeCallback(callback: ObservableCallback): void {
    this.own.removeCallback(callback);
    this.other.removeCallback(callback);
  }
}

function isDocumented(options: MetricOptions | undefined): boolean {
  return options !== undefined && DEFINITION in options;
}

function findSide(observables: readonly Observable[], side: Side): Observable[] {
  return observables.map((observable) => (observable instanceof SharedObservable ? observable[side] : observable));
}

/** Returns a callback that observes the instruments of one SDK. */
function forSide(callback: BatchObservableCallback, side: Side): BatchObservableCallback {
  return (result) =>
    callback({
      observe: (observable, value, attributes) => {
        for (const own of findSide([observable as Observable], side)) result.observe(own, value, attributes);
      },
    });
}

function hasSameMembers(a: readonly Observable[], b: readonly Observable[]): boolean {
  return a.length === b.length && b.every((observable) => a.includes(observable));
}
