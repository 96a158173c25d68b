import type { Attributes } from '@opentelemetry/api';
import type { MetricDefinition } from '../catalog/definition';
import { selectLabels } from '../catalog/label-validation';
import type { CatalogAttachment } from './attachment';
import { CAPABILITIES, type Capable, type ProviderLifecycle, type SeriesCapabilities } from './capabilities';
import type { CatalogInstrument } from './instrument-types';
import { findByValue, findByValues } from './series-by-value';
import type { Outcome } from './timer';

/** Labels as they arrive at run time; the SDK or its adapter validates them. */
export type GivenLabels = Attributes | undefined;

/** An instrument `I` of an SDK whose bound series the catalog wraps as `B`, with values `V`. */
export abstract class AttachedInstrument<I extends Capable<unknown, V>, B, V>
  implements CatalogInstrument<Record<never, never>, B, V>
{
  /** Returns the handle of the value of the only label. */
  readonly byValue: (value: string) => B;
  private instrument!: I;
  private lifecycle!: ProviderLifecycle;
  private bare: B | undefined;

  constructor(
    readonly definition: MetricDefinition,
    private readonly attachment: CatalogAttachment,
  ) {
    const { labels = {} } = definition;
    this.byValue = findByValue(labels, Object.keys(labels)[0] ?? '', (given) => this.createBound(given));
    this.attach();
  }

  protected abstract readonly zero: V;

  protected abstract createBound(labels: Attributes): B;

  protected abstract combine(a: V, b: V): V;

  bind(labels?: GivenLabels): B {
    return this.createBound(copyLabels(labels));
  }

  byValues(...labels: readonly [first: string, second: string]): (first: string, second: string) => B {
    return findByValues(this.definition.labels ?? {}, labels, (given) => this.createBound(given));
  }

  get(labels?: GivenLabels): V {
    const selected = selectLabels(this.definition, labels);
    return (selected === undefined ? undefined : this.capabilities().get(selected)) ?? this.zero;
  }

  total(labels: GivenLabels = {}): V {
    const selected = selectLabels(this.definition, labels);
    if (selected === undefined) return this.zero;
    const names = Object.keys(selected);
    let total = this.zero;
    for (const { attributes, value } of this.series()) {
      if (names.every((name) => attributes[name] === selected[name])) total = this.combine(total, value);
    }
    return total;
  }

  initialize(labels?: GivenLabels): void {
    this.capabilities().initialize(labels ?? {});
  }

  remove(labels?: GivenLabels): number {
    const selected = selectLabels(this.definition, labels);
    return selected === undefined ? 0 : this.capabilities().remove(selected);
  }

  clear(): void {
    this.capabilities().clear();
  }

  reset(): void {
    this.clear();
    this.attachment.current().initialize(this.definition);
  }

  series(): Iterable<{ readonly attributes: Attributes; readonly value: V }> {
    return this.capabilities().series();
  }

  attached(): { readonly lifecycle: ProviderLifecycle; readonly instrument: I } {
    const instrument = this.target();
    return { lifecycle: this.lifecycle, instrument };
  }

  /** Returns the instrument of the SDK: one check, unless the provider was replaced. */
  protected target(): I {
    return this.lifecycle.isActive ? this.instrument : this.attach();
  }

  /** Returns the handle of the series without labels, which records without a look-up. */
  protected unlabelled(): B {
    if (this.bare === undefined) this.bare = this.createBound({});
    return this.bare;
  }

  private attach(): I {
    const attachment = this.attachment.current();
    this.lifecycle = attachment.lifecycle;
    this.instrument = attachment.find<I>(this.definition);
    return this.instrument;
  }

  private capabilities(): SeriesCapabilities<unknown, V> {
    return this.target()[CAPABILITIES];
  }
}

/**
 * Labels that are kept must not change with the object of the caller. Labels that cannot be read count as missing: an
 * exception of theirs must not reach the app.
 */
export function copyLabels(labels: object | undefined, outcome: Outcome = 'success'): Attributes {
  try {
    return { ...(typeof labels === 'function' ? labels(outcome) : labels) };
  } catch {
    return {};
  }
}
