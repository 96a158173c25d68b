import type { Attributes, Context } from '@opentelemetry/api';
import type { MetricDefinition } from '../catalog/definition';
import { report } from '../diagnostics';
import { printable } from '../issues';
import {
  type BoundCounter,
  type BoundGauge,
  type BoundHistogram,
  type Capable,
  findCapabilities,
  type HistogramValue,
  type ProviderLifecycle,
} from './capabilities';
import type {
  BoundCatalogCounter,
  BoundCatalogGauge,
  BoundCatalogHistogram,
  BoundCatalogUpDownCounter,
} from './instrument-types';
import { measure, Timer } from './timer';

/** The instrument that a bound series belongs to, wherever it records at the moment. */
export interface AttachedInstrument {
  readonly definition: MetricDefinition;
  /** Returns where the instrument records now. */
  attached(): { readonly lifecycle: ProviderLifecycle; readonly instrument: Capable<unknown, unknown> };
}

/** One series of an instrument of a catalog. Binds again when the provider of the instrument no longer records. */
abstract class BoundSeries<B extends { get(): V }, V> {
  private bound!: B;
  private lifecycle!: ProviderLifecycle;

  constructor(
    protected readonly owner: AttachedInstrument,
    private readonly labels: Attributes,
  ) {
    this.attach();
  }

  get(): V {
    return this.series().get();
  }

  /** Returns the series of the SDK: one check, unless the provider was replaced. */
  protected series(): B {
    return this.lifecycle.isActive ? this.bound : this.attach();
  }

  private attach(): B {
    const { lifecycle, instrument } = this.owner.attached();
    this.lifecycle = lifecycle;
    this.bound = findCapabilities<B, V>(instrument)?.bind(this.labels) as B;
    return this.bound;
  }
}

/** A series of a counter or an up-down counter. */
export class CounterSeries
  extends BoundSeries<BoundCounter, number>
  implements BoundCatalogCounter, BoundCatalogUpDownCounter
{
  add(value: number, context?: Context): void {
    this.series().add(value, context);
  }

  inc(context?: Context): void {
    this.series().add(1, context);
  }

  dec(context?: Context): void {
    this.series().add(-1, context);
  }
}

/** A series of a gauge. */
export class GaugeSeries extends BoundSeries<BoundGauge, number> implements BoundCatalogGauge {
  record(value: number, context?: Context): void {
    this.series().record(value, context);
  }

  add(value: number, context?: Context): void {
    if (!Number.isFinite(value)) {
      const { name } = this.owner.definition;
      report('value', invalidIncrement(name, value), name);
      return;
    }
    const series = this.series();
    series.record(series.get() + value, context);
  }

  inc(context?: Context): void {
    this.add(1, context);
  }

  dec(context?: Context): void {
    this.add(-1, context);
  }
}

function invalidIncrement(name: string, value: unknown): string {
  return `invalid increment ${printable(value)} of ${name}: expected a finite number; it is ignored`;
}

/** A series of a histogram. */
export class HistogramSeries extends BoundSeries<BoundHistogram, HistogramValue> implements BoundCatalogHistogram {
  record(value: number, context?: Context): void {
    this.series().record(value, context);
  }

  startTimer(): Timer {
    return new Timer((seconds) => this.record(seconds));
  }

  time<R>(work: () => R) {
    return measure(work, (seconds) => this.record(seconds));
  }
}
