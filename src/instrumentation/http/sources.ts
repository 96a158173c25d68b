/** What can measure `http.server.request.duration`. */
export const HTTP_SOURCES = ['channels', 'instrumentation'] as const;

/** What measures `http.server.request.duration`. */
export type HttpSource = (typeof HTTP_SOURCES)[number];
