/** A reading of a sensor. */
export interface SensorEvent {
  /** Identifies the event; a second one with the same id is a duplicate. */
  readonly id: string;
  /** The sensor. The part before the first hyphen is what it measures, as in `temp-1`. */
  readonly sensor: string;
  /** When it was measured, in milliseconds since 1970. */
  readonly time: number;
  /** `null` if the sensor had no reading. */
  readonly value: number | null;
}

/** @throws Error with the reason if the line is not an event */
export function parseEvent(line: string): SensorEvent {
  const { id, sensor, time, value } = JSON.parse(line) as Partial<Record<keyof SensorEvent, unknown>>;
  if (typeof id !== 'string' || typeof sensor !== 'string') throw new Error('invalid id or sensor: expected strings');
  if (typeof time !== 'number' || !(time > 0)) throw new Error('invalid time: expected milliseconds since 1970');
  if (value !== null && typeof value !== 'number') throw new Error('invalid value: expected a number or null');
  return { id, sensor, time, value };
}
