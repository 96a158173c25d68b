import type { Collect, MetricDefinition } from '../catalog/definition';
import type { CatalogAttachment } from './attachment';
import type { CatalogObservable } from './instrument-types';

/** An asynchronous metric of a catalog. */
export class ObservedInstrument implements CatalogObservable<Record<never, never>> {
  constructor(
    readonly definition: MetricDefinition,
    private readonly attachment: CatalogAttachment,
  ) {}

  observe(collect: Collect): () => void {
    return this.attachment.observe(this.definition, collect);
  }
}
