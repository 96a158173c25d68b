/** A request of a worker for a page of the metrics of all processes. */
export interface PageRequest {
  /** The `Accept` header. */
  readonly accept: string;
  /** How long the page may take, in milliseconds. */
  readonly timeoutMillis: number;
  /** The families that are asked for. All by default. */
  readonly names: readonly string[];
}

/** A page, to be read once. */
export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & { release?(piece: Uint8Array): void };
}

/** Makes pages of the metrics of all processes. */
export type PageSource = (request: PageRequest) => Promise<Page>;
