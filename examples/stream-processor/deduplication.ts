import { streamProcessor } from 'meterbridge/systems/stream-processor';
import type { State } from './state';

const PREFIX = 'seen ';

/** Remembers the ids of the last events, also after a restart. */
export class Deduplication {
  /** The number of each id, which grows with the order in which they were seen. */
  private readonly seen = new Map<string, number>();
  private next = 0;

  constructor(
    private readonly state: State,
    private readonly capacity: number,
  ) {}

  async recover(): Promise<void> {
    const entries = await this.state.entries<{ number: number }>(PREFIX);
    for (const [key, { number }] of entries.sort(([, a], [, b]) => a.number - b.number)) {
      this.seen.set(key.slice(PREFIX.length), number);
      this.next = number + 1;
    }
    streamProcessor.setDedupCacheSize(this.seen.size);
  }

  /** Returns whether an event with this id was processed before. */
  isDuplicate(id: string): boolean {
    const known = this.seen.has(id);
    streamProcessor.recordDedupCheck(known);
    if (!known) this.remember(id);
    return known;
  }

  private remember(id: string): void {
    const number = this.next++;
    this.seen.set(id, number);
    this.state.store(`${PREFIX}${id}`, { number });
    if (this.seen.size > this.capacity) {
      const oldest = this.seen.keys().next().value as string;
      this.seen.delete(oldest);
      this.state.store(`${PREFIX}${oldest}`, undefined);
      streamProcessor.recordDedupCacheEviction();
    }
    streamProcessor.setDedupCacheSize(this.seen.size);
  }
}
