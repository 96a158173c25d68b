import type { Attributes } from '@opentelemetry/api';
import type { AttributePipeline, ProcessedAttributes } from './attribute-pipeline';
import { AttributeIndex } from './lookup/attribute-index';
import { AttributeTable } from './lookup/attribute-table';
import type { ValueTree } from './lookup/value-tree';
import type { SeriesStore } from './series-store';

/** Attributes that are processed into those of a series. */
interface Alias {
  readonly attributes: Attributes;
  readonly row: number;
}

/** Finds the series of one stream by attributes as callers give them. */
export class SeriesIndex {
  private readonly index: AttributeIndex;
  /** Attributes that are processed into others, with their series. A cache: dropped when a series is removed. */
  private aliases: AttributeTable<Alias> | undefined;
  /** The row of measurements without attributes, or -1. A cache, too. */
  private bare = -1;
  /** {@link AttributeIndex.tree}, unless attributes have to be looked up as aliases first. */
  private tree: ValueTree | undefined = undefined;
  /**
   * Whether the attributes of each series are processed into themselves, so that they can be found without processing.
   * With the label lists of a catalog's views they are; other processors may rename an attribute twice.
   */
  private keepsOwn = true;

  /**
   * @param maxAliases how many sets that are processed into others are remembered
   */
  constructor(
    private readonly store: SeriesStore,
    private readonly pipeline: AttributePipeline,
    private readonly maxAliases: number,
  ) {
    this.index = new AttributeIndex(store);
  }

  get size(): number {
    return this.index.size;
  }

  /** Whether there can be no further series. */
  get isFull(): boolean {
    return this.index.isFull;
  }

  /** Returns the row of attributes that are known, or -1. Never throws. */
  find(given: Attributes | undefined | null): number {
    if (given === undefined || given === null) return this.bare;
    try {
      const row = this.tree === undefined ? -1 : this.tree.findInOrder(given);
      return row < 0 ? this.findInAnyOrder(given) : row;
    } catch {
      // A getter or a proxy threw. Processing leaves out what cannot be read.
      return -1;
    }
  }

  /** Returns the row with these attributes, which were processed, or -1. */
  get(attributes: Attributes): number {
    return this.index.get(attributes);
  }

  /** Returns every row whose attributes include all of the given ones. */
  matching(selector: Attributes): number[] {
    return this.index.matching(selector);
  }

  /** Creates a series with these attributes, which were processed and which no other series has. Returns its row. */
  create(attributes: Attributes): number {
    const row = this.store.allocate(this.index.compact(attributes));
    this.index.insert(row);
    if (this.keepsOwn) {
      const again = this.pipeline.reprocess(attributes);
      this.keepsOwn = again === attributes || (again !== undefined && this.index.get(again) === row);
    }
    this.updateTree();
    return row;
  }

  /** Removes a row that the store still has. */
  remove(row: number): void {
    this.index.remove(row);
    this.aliases = undefined;
    if (this.bare === row) this.bare = -1;
    this.updateTree();
  }

  /** Has {@link find} return the row for attributes that were processed into its own. */
  remember(given: Attributes | undefined | null, { read, attributes }: ProcessedAttributes, row: number): void {
    if (given === undefined || given === null) {
      this.bare = row;
      return;
    }
    if (this.keepsOwn && (read === attributes || this.index.get(read) === row)) return;
    this.aliases ??= new AttributeTable();
    if (this.aliases.size >= this.maxAliases || this.aliases.isFull || this.aliases.get(read) !== undefined) return;
    this.aliases.insert({ attributes: read, row });
    this.updateTree();
  }

  private findInAnyOrder(given: Attributes): number {
    // Where there are aliases, most callers use them.
    const alias = this.aliases?.find(given);
    if (alias !== undefined) return alias.row;
    if (!this.keepsOwn) return -1;
    return this.tree === undefined ? this.index.find(given) : this.index.findInKnownOrder(given);
  }

  private updateTree(): void {
    this.tree = this.keepsOwn && this.aliases === undefined ? this.index.tree : undefined;
  }
}
