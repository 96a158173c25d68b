/** The methods that `http.request.method` can have by default (OpenTelemetry semantic conventions, HTTP attributes). */
export const KNOWN_METHODS: readonly string[] = [
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
];

/** The value of an attribute whose real value would not be bounded. */
export const OTHER = '_OTHER';

/** The advised buckets of request durations in seconds (OpenTelemetry semantic conventions, HTTP metrics). */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Buckets of body sizes in bytes. The semantic conventions advise none. */
export const SIZE_BUCKETS = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/** The name of the instrumentation scope of the HTTP metrics. */
export const SCOPE = 'meterbridge-http';
