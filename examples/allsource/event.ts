/** What a client sends. */
export interface NewEvent {
  readonly event_type: string;
  readonly entity_id: string;
  readonly payload: unknown;
}

/** An event as it is kept. */
export interface StoredEvent extends NewEvent {
  /** Counts up by one from 1, over all events. */
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}
