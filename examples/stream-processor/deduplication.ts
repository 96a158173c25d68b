import { streamProcessor } from 'meterbridge/systems/stream-processor';

/** Remembers the ids of the last events. */
export class Deduplication {
  private readonly seen = new Set<string>();

  constructor(private readonly capacity: number) {}

  /** Returns whether an event with this id was processed before. */
  isDuplicate(id: string): boolean {
    const known = this.seen.has(id);
    streamProcessor.recordDedupCheck(known);
    if (!known) this.remember(id);
    return known;
  }

  private remember(id: string): void {
    this.seen.add(id);
    if (this.seen.size > this.capacity) {
      this.seen.delete(this.seen.keys().next().value as string);
      streamProcessor.recordDedupCacheEviction();
    }
    streamProcessor.setDedupCacheSize(this.seen.size);
  }
}
