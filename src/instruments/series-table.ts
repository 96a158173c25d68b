import { isClosed, type LabelDefinitions, OTHER } from '../catalog/labels';
import { OVERFLOW_ATTRIBUTES } from '../catalog/overflow';
import { report, shown } from '../diagnostics';

/** Labels as they arrive at run time, before anything is known of them. */
export type GivenLabels = { readonly [label: string]: unknown };

/**
 * The bound series of one metric, found by label values.
 *
 * A series is looked up in a map of maps, one level for each label in declared order, so that finding a known series
 * allocates nothing and does not depend on the order of the given keys. Everything that costs more (checking values,
 * building attributes, binding) happens when a label set is first seen.
 */
export class SeriesTable<B> {
  private readonly names: readonly string[];
  private root: Level<B> = new Map();
  /** Label sets that are not written as their series is: a number for a string, a value that was refused. */
  private aliases: Level<B> = new Map();
  private aliasCount = 0;
  private size = 0;
  private only: B | undefined;
  private overflow: B | undefined;

  constructor(
    private readonly metric: string,
    private readonly labels: LabelDefinitions,
    private readonly limit: () => number,
    private readonly bindSeries: (attributes: Record<string, string> | typeof OVERFLOW_ATTRIBUTES) => B,
  ) {
    this.names = Object.keys(labels);
  }

  /** The series of a label set, made when it is new. */
  of(given: GivenLabels | undefined): B {
    if (this.names.length === 0) {
      if (given !== undefined) this.reportUnknown(given);
      this.only ??= this.bindSeries({});
      return this.only;
    }
    return this.find(this.root, given) ?? this.ofNew(given ?? {});
  }

  /** The series of a label set where it exists. */
  peek(given: GivenLabels | undefined): B | undefined {
    if (this.names.length === 0) return this.only;
    return this.find(this.root, given) ?? this.find(this.root, this.attributesOf(given ?? {}));
  }

  /**
   * Forgets the series of a label set. A handle to it may have been kept and recorded on since, so that the SDK can hold
   * one that is not here.
   *
   * @returns the attributes of the label set
   */
  remove(given: GivenLabels | undefined): Record<string, string> {
    const attributes = this.attributesOf(given ?? {});
    if (this.names.length === 0) {
      this.only = undefined;
      return attributes;
    }
    let level: Level<B> | undefined = this.root;
    for (const name of this.names.slice(0, -1)) level = level?.get(attributes[name]) as Level<B> | undefined;
    if (level?.delete(attributes[this.names.at(-1) as string])) {
      this.size--;
      this.forgetAliases();
    }
    return attributes;
  }

  /** Forgets every series. */
  clear(): void {
    this.only = undefined;
    this.overflow = undefined;
    this.root = new Map();
    this.size = 0;
    this.forgetAliases();
  }

  private find(root: Level<B>, given: GivenLabels | undefined): B | undefined {
    if (given === undefined || given === null) return undefined;
    const names = this.names;
    let node: Level<B> | B | undefined = root;
    for (let i = 0; i < names.length; i++) {
      node = (node as Level<B>).get(given[names[i] as string]);
      if (node === undefined) return undefined;
    }
    return node as B;
  }

  private ofNew(given: GivenLabels): B {
    const alias = this.find(this.aliases, given);
    if (alias !== undefined) return alias;
    this.reportUnknown(given);
    const attributes = this.attributesOf(given);
    let series = this.find(this.root, attributes);
    if (series === undefined) {
      if (this.size >= this.limit() - 1) return this.overflowSeries();
      series = this.bindSeries(attributes);
      this.insert(this.root, attributes, series);
      this.size++;
    }
    if (this.find(this.root, given) === undefined && this.aliasCount < this.limit()) {
      this.insert(this.aliases, given, series);
      this.aliasCount++;
    }
    return series;
  }

  private overflowSeries(): B {
    if (this.overflow === undefined) {
      report(
        'overflow',
        `${this.metric} holds ${this.size} series, its limit; further label sets are counted under otel_metric_overflow="true"`,
        this.metric,
      );
      this.overflow = this.bindSeries(OVERFLOW_ATTRIBUTES);
    }
    return this.overflow;
  }

  private insert(root: Level<B>, given: GivenLabels, series: B): void {
    let level = root;
    for (const name of this.names.slice(0, -1)) {
      let next = level.get(given[name]) as Level<B> | undefined;
      if (next === undefined) {
        next = new Map();
        level.set(given[name], next);
      }
      level = next;
    }
    level.set(given[this.names.at(-1) as string], series);
  }

  private forgetAliases(): void {
    this.aliases = new Map();
    this.aliasCount = 0;
  }

  /** The label values as they are recorded: strings, each accepted by its label. */
  private attributesOf(given: GivenLabels): Record<string, string> {
    const attributes: Record<string, string> = {};
    for (const name of this.names) attributes[name] = this.accepted(name, given[name]);
    return attributes;
  }

  private accepted(label: string, value: unknown): string {
    const values = this.labels[label] as LabelDefinitions[string];
    if (isClosed(values)) {
      if (typeof value === 'string' && values.includes(value)) return value;
      const given = value === undefined ? 'given none' : `given ${shown(value)}`;
      report(
        'label',
        `${this.metric}: label ${label} takes ${values.join(', ')}; ${given}, recorded as ${OTHER}`,
        `${this.metric} ${label}`,
      );
      return OTHER;
    }
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    const given = value === undefined ? 'given none' : `given ${shown(value)} (${typeof value})`;
    report(
      'label',
      `${this.metric}: label ${label} takes a string or a number; ${given}, recorded as ${OTHER}`,
      `${this.metric} ${label}`,
    );
    return OTHER;
  }

  private reportUnknown(given: GivenLabels): void {
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(this.labels, name)) continue;
      const accepted = this.names.length === 0 ? 'no labels' : `the labels ${this.names.join(', ')}`;
      report('label', `${this.metric} has ${accepted}; ${shown(name)} was left out`, `${this.metric} unknown ${name}`);
    }
  }
}

type Level<B> = Map<unknown, Level<B> | B>;
