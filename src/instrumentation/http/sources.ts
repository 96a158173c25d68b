/** What can measure the durations of the semantic conventions. */
export const HTTP_SOURCES = ['channels', 'instrumentation'] as const;

/** What measures the durations of the semantic conventions. */
export type HttpSource = (typeof HTTP_SOURCES)[number];
