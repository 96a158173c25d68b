/** The first byte of a frame. */
export const FRAME = {
  /** To the aggregator: the version of the protocol, and who is speaking. */
  HELLO: 1,
  /** Series that changed, see {@link RECORD}. */
  STATE: 2,
  /** To a worker: send everything that changed, callbacks included. */
  SYNC: 3,
  /** To the aggregator: make a page. */
  PAGE_REQUEST: 4,
  /** To a worker: the status and the content type of a page. */
  PAGE_HEAD: 5,
  /** To a worker: a piece of a page. */
  PAGE_PIECE: 6,
  /** To a worker: the page is complete. */
  PAGE_END: 7,
  /** To a worker: it is not accepted, for the reason given. */
  REFUSAL: 8,
  /** Before states that one process keeps of another: whose states they are, see {@link Origin}. */
  ORIGIN: 9,
} as const;

/** The version of the protocol. Processes of different versions do not exchange metrics. */
export const PROTOCOL_VERSION = 5;

/** The first byte of a record of a {@link FRAME.STATE} frame. Metrics and boundaries are numbered in their order; a series has a number that is free. */
export const RECORD = {
  /** Everything was sent that a request asked for. */
  ANSWER: 1,
  METRIC: 2,
  BOUNDARIES: 3,
  SERIES: 4,
  /** Of series with numbers in a row: each value plus 1, then 0. */
  INTEGERS: 5,
  DOUBLE: 6,
  HISTOGRAM: 7,
  EXPONENTIAL: 8,
  SUMMARY: 9,
  EXEMPLARS: 10,
  REMOVAL: 11,
} as const;

/** Whose state a frame holds. */
export const SOURCE = {
  /** The process that sends it. */
  OWN: 0,
  /** All processes that the sender had as workers and that have ended. */
  ENDED: 1,
} as const;
