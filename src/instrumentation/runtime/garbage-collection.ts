import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** A kind of garbage collection, in the words of prom-client and of the OpenTelemetry semantic conventions. */
export type GarbageCollectionKind = 'major' | 'minor' | 'incremental' | 'weakcb';

/** An entry of type `gc`; `duration` is in milliseconds. */
interface GarbageCollectionEntry extends PerformanceEntry {
  readonly detail?: { readonly kind?: number };
}

const KINDS: ReadonlyMap<number | undefined, GarbageCollectionKind> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/**
 * Calls `onCollection` for each garbage collection, soon after it.
 *
 * @returns a function that ends it
 */
export function observeGarbageCollection(
  onCollection: (kind: GarbageCollectionKind, seconds: number) => void,
): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as readonly GarbageCollectionEntry[]) {
      const kind = KINDS.get(entry.detail?.kind);
      if (kind !== undefined) onCollection(kind, entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}
