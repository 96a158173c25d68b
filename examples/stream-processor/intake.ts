import { setTimeout as sleep } from 'node:timers/promises';
import { streamProcessor } from 'meterbridge/systems/stream-processor';
import { LogFull, type PartitionedLog } from './partitioned-log';
import { INPUT } from './pipeline';

const RETRY_MILLIS = 20;

/** The log accepted only some of the lines. */
export class PartlyAccepted extends Error {
  constructor(
    readonly accepted: number,
    message: string,
  ) {
    super(message);
  }
}

/** Appends lines to the log. Lines that a full log does not accept are held back for a while. */
export class Intake {
  private held = 0;

  /** @param holdMillis how long a line is held back before it is rejected */
  constructor(
    private readonly log: PartitionedLog,
    private readonly holdMillis: number,
  ) {}

  /**
   * @returns the number of lines
   * @throws PartlyAccepted if the log stays full
   */
  async append(lines: readonly string[]): Promise<number> {
    const events = lines.filter((line) => line.trim() !== '');
    for (const [accepted, line] of events.entries()) {
      try {
        await this.produce(line, events.length - accepted);
      } catch (error) {
        if (error instanceof LogFull) throw new PartlyAccepted(accepted, error.message);
        throw error;
      }
    }
    return events.length;
  }

  /** @param waiting the number of lines that wait while this one does, itself included */
  private async produce(line: string, waiting: number): Promise<void> {
    const end = Date.now() + this.holdMillis;
    let isHeld = false;
    try {
      for (;;) {
        try {
          streamProcessor.recordKafkaMessageProduced(INPUT, await this.log.produce(INPUT, sensorOf(line), line));
          return;
        } catch (error) {
          if (!(error instanceof LogFull) || Date.now() >= end) throw error;
        }
        if (!isHeld) this.hold(waiting);
        isHeld = true;
        await sleep(RETRY_MILLIS);
      }
    } finally {
      if (isHeld) this.hold(-waiting);
    }
  }

  private hold(lines: number): void {
    this.held += lines;
    streamProcessor.setBackpressureEvents(this.held);
  }
}

/** Returns the sensor of a line, whose readings must stay in order. Lines that are not events share a partition. */
function sensorOf(line: string): string {
  return /"sensor"\s*:\s*"([^"]*)"/.exec(line)?.[1] ?? '';
}
