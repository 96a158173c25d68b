import type { StoredEvent } from './event';

/** What events must have. */
export interface Condition {
  readonly event_type?: string;
  readonly entity_id?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
}

export function matches(event: StoredEvent, { event_type, entity_id, since }: Condition): boolean {
  return (
    (event_type === undefined || event.event_type === event_type) &&
    (entity_id === undefined || event.entity_id === entity_id) &&
    (since === undefined || event.time >= since)
  );
}
