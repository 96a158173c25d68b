import { LogFull, type PartitionedLog } from './partitioned-log';
import type { State } from './state';
import type { WindowResult } from './windows';

const PREFIX = 'out ';

/**
 * The results that are appended to the log after the checkpoint that has them. A crash cannot take back a result that was
 * appended: it is appended again, with the same id, which its consumers use to ignore it.
 */
export class Outbox {
  private readonly waiting = new Map<string, WindowResult>();

  constructor(
    private readonly state: State,
    private readonly log: PartitionedLog,
    private readonly topic: string,
  ) {}

  async recover(): Promise<void> {
    for (const [key, result] of await this.state.entries<WindowResult>(PREFIX)) this.waiting.set(key, result);
  }

  add(result: WindowResult): void {
    const key = `${PREFIX}${result.id}`;
    this.state.store(key, result);
    this.waiting.set(key, result);
  }

  /**
   * Appends the results of the last checkpoint. Those that the log does not accept stay for the next call.
   *
   * @param produced receives the partition of each appended result
   * @returns whether the log accepted all
   */
  async flush(produced: (partition: number) => void): Promise<boolean> {
    for (const [key, result] of [...this.waiting]) {
      try {
        produced(await this.log.produce(this.topic, result.sensor, JSON.stringify(result)));
      } catch (error) {
        if (error instanceof LogFull) return false;
        throw error;
      }
      this.waiting.delete(key);
      this.state.store(key, undefined);
    }
    return true;
  }
}
