import { StrategyLabel, streamProcessor } from 'meterbridge/systems/stream-processor';
import type { SensorEvent } from './event';
import type { State } from './state';

/** How a missing reading is replaced, by what the sensor measures. */
const STRATEGIES: Readonly<Record<string, StrategyLabel>> = {
  temp: StrategyLabel.Linear,
  humidity: StrategyLabel.Forward,
  pressure: StrategyLabel.Backward,
  rain: StrategyLabel.Zero,
};

/** Sensors are read once a second. */
const INTERVAL_MILLIS = 1000;
/** The maximum number of readings of a gap that is filled; in a longer one the sensor was off. */
const MAX_FILLED = 10;
const MAX_SENSORS = 1000;
/** An outlier is this many standard deviations from the mean, after {@link SETTLED_READINGS} readings. */
const OUTLIER_DEVIATIONS = 4;
const SETTLED_READINGS = 20;

/** An event with a reading. */
export type Reading = SensorEvent & { readonly value: number };

interface Sensor {
  last: Reading | null;
  /** Events without a reading that wait for the next one. */
  waiting: SensorEvent[];
  count: number;
  mean: number;
  squares: number;
}

const PREFIX = 'sensor ';

/** Fills missing readings and detects outliers. What it knows of the sensors is a part of the state. */
export class Normalisation {
  private readonly names = new Set<string>();

  constructor(private readonly state: State) {}

  async recover(): Promise<void> {
    for (const [key] of await this.state.entries(PREFIX)) this.names.add(key.slice(PREFIX.length));
  }

  /** Returns the readings that an event completes: its own, and those that were missing before it. */
  async apply(event: SensorEvent): Promise<readonly Reading[]> {
    const sensor = await this.sensor(event.sensor);
    const readings = this.complete(sensor, event);
    this.state.put(`${PREFIX}${event.sensor}`, sensor);
    return readings;
  }

  private complete(sensor: Sensor, event: SensorEvent): readonly Reading[] {
    streamProcessor.recordNormalizationEvent();
    const strategy = STRATEGIES[event.sensor.split('-')[0] ?? ''] ?? StrategyLabel.Drop;
    if (event.value === null) return this.fill(sensor, event, strategy);
    const reading = { ...event, value: event.value };
    this.watch(sensor, reading.value);
    const missing = [...sensor.waiting, ...this.gap(sensor, reading)].sort((a, b) => a.time - b.time);
    sensor.waiting = [];
    const before = sensor.last;
    sensor.last = reading;
    return [...missing.flatMap((gap) => filled(gap, strategy, before, reading)), reading];
  }

  private fill(sensor: Sensor, event: SensorEvent, strategy: StrategyLabel): readonly Reading[] {
    const waits = strategy === StrategyLabel.Linear || strategy === StrategyLabel.Backward;
    if (!waits) return filled(event, strategy, sensor.last, null);
    if (sensor.waiting.length < MAX_FILLED) sensor.waiting.push(event);
    return [];
  }

  /** Returns the missing events between the last reading and this one. */
  private gap({ last, waiting }: Sensor, { sensor, time }: Reading): SensorEvent[] {
    if (last === null || waiting.length > 0) return [];
    const missing = Math.round((time - last.time) / INTERVAL_MILLIS) - 1;
    if (missing < 1 || missing > MAX_FILLED) return [];
    streamProcessor.recordNormalizationGapFilled();
    return Array.from({ length: missing }, (_, i) => {
      const at = last.time + (i + 1) * INTERVAL_MILLIS;
      return { id: `${sensor}@${at}`, sensor, time: at, value: null };
    });
  }

  /** Keeps a running mean and variance (Welford). */
  private watch(sensor: Sensor, value: number): void {
    const deviation = Math.sqrt(sensor.squares / Math.max(1, sensor.count - 1));
    const isSettled = sensor.count >= SETTLED_READINGS && deviation > 0;
    if (isSettled && Math.abs(value - sensor.mean) > OUTLIER_DEVIATIONS * deviation) {
      streamProcessor.recordNormalizationOutlier();
      return;
    }
    sensor.count++;
    const difference = value - sensor.mean;
    sensor.mean += difference / sensor.count;
    sensor.squares += difference * (value - sensor.mean);
  }

  private async sensor(name: string): Promise<Sensor> {
    if (!this.names.has(name)) {
      if (this.names.size >= MAX_SENSORS) this.forget(this.names.values().next().value as string);
      this.names.add(name);
    }
    const known = await this.state.get<Sensor>(`${PREFIX}${name}`);
    return known ?? { last: null, waiting: [], count: 0, mean: 0, squares: 0 };
  }

  private forget(name: string): void {
    this.names.delete(name);
    this.state.delete(`${PREFIX}${name}`);
  }
}

/** Returns the replacement of a missing reading, or none. */
function filled(
  missing: SensorEvent,
  strategy: StrategyLabel,
  before: Reading | null,
  after: Reading | null,
): Reading[] {
  const value = valueFor(missing.time, strategy, before, after);
  streamProcessor.recordNormalizationFill(value === undefined ? StrategyLabel.Drop : strategy);
  return value === undefined ? [] : [{ ...missing, value }];
}

function valueFor(
  time: number,
  strategy: StrategyLabel,
  before: Reading | null,
  after: Reading | null,
): number | undefined {
  switch (strategy) {
    case StrategyLabel.Forward:
      return before?.value;
    case StrategyLabel.Backward:
      return after?.value;
    case StrategyLabel.Zero:
      return 0;
    case StrategyLabel.Linear:
      if (before === null || after === null || after.time <= before.time) return after?.value ?? before?.value;
      return before.value + ((after.value - before.value) * (time - before.time)) / (after.time - before.time);
    default:
      return undefined;
  }
}
