/** A reading of a sensor. */
export interface SensorEvent {
  /** Tells the event from others; one that comes twice is the same event. */
  readonly id: string;
  /** The sensor. What it measures stands before the first dash, as in `temp-1`. */
  readonly sensor: string;
  /** When it was measured, in milliseconds since 1970. */
  readonly time: number;
  /** Nothing when the sensor had no reading. */
  readonly value: number | null;
}

/** @throws Error saying what is wrong with the line */
export function parseEvent(line: string): SensorEvent {
  const { id, sensor, time, value } = JSON.parse(line) as Partial<Record<keyof SensorEvent, unknown>>;
  if (typeof id !== 'string' || typeof sensor !== 'string') throw new Error('id and sensor are strings');
  if (typeof time !== 'number' || !(time > 0)) throw new Error('time is in milliseconds since 1970');
  if (value !== null && typeof value !== 'number') throw new Error('value is a number or null');
  return { id, sensor, time, value };
}
