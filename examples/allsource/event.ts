/** An event as a client sends it. */
export interface NewEvent {
  readonly event_type: string;
  readonly entity_id: string;
  readonly payload: unknown;
}

/** An event as it is stored. */
export interface StoredEvent extends NewEvent {
  /** The sequence number: 1 for the first event, one more for each further one. */
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}
