import type { Attributes } from '@opentelemetry/api';
import { Alias } from './alias';
import type { ProcessedAttributes } from './attribute-pipeline';
import { AttributeTable } from './lookup/attribute-table';
import type { Series } from './series';

/** Finds the series of one stream by attributes as callers give them. */
export class SeriesIndex {
  private readonly table = new AttributeTable<Series>();
  /** Attributes that are processed into others, with their series. A cache: dropped when a series is removed. */
  private aliases: AttributeTable<Alias> | undefined;
  /** The series of measurements without attributes. */
  private bare: Series | undefined;

  /**
   * @param keepsOwn whether attributes that a series has are always processed into themselves
   * @param maxAliases how many sets that are processed into others are remembered
   */
  constructor(
    private readonly keepsOwn: boolean,
    private readonly maxAliases: number,
  ) {}

  get size(): number {
    return this.table.size;
  }

  /** Returns the series of attributes that are known. Never throws. */
  find(given: Attributes | undefined | null): Series | Alias | undefined {
    if (given === undefined || given === null) return this.bare;
    try {
      if (this.keepsOwn) {
        const series = this.table.find(given);
        if (series !== undefined) return series;
      }
      return this.aliases?.find(given);
    } catch {
      // A getter or a proxy threw. Processing leaves out what cannot be read.
      return undefined;
    }
  }

  /** Returns the series with these attributes, which were processed. */
  get(attributes: Attributes): Series | undefined {
    return this.table.get(attributes);
  }

  /** Returns every series whose attributes include all of the given ones. */
  matching(selector: Attributes): Series[] {
    return this.table.matching(selector);
  }

  insert(series: Series): void {
    this.table.insert(series);
  }

  remove(series: Series): void {
    this.table.remove(series);
    this.aliases = undefined;
  }

  /** Has {@link find} return the series for attributes that were processed into its own. */
  remember(given: Attributes | undefined | null, { read, attributes }: ProcessedAttributes, series: Series): void {
    if (given === undefined || given === null) {
      this.bare = series;
      return;
    }
    if (this.keepsOwn && (read === attributes || this.table.get(read) === series)) return;
    this.aliases ??= new AttributeTable();
    if (this.aliases.size >= this.maxAliases || this.aliases.get(read) !== undefined) return;
    this.aliases.insert(new Alias(read, series));
  }
}
