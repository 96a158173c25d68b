import { type Issue, invalidValue } from '../issues';

/** The variables of the OpenTelemetry specification for the address of a Prometheus exporter. */
export const HOST_VARIABLE = 'OTEL_EXPORTER_PROMETHEUS_HOST';
export const PORT_VARIABLE = 'OTEL_EXPORTER_PROMETHEUS_PORT';

export const MAX_PORT = 65_535;
export const EXPECTED_PORT = `an integer from 0 to ${MAX_PORT}`;

/** Where a Prometheus exporter listens, as far as the environment says. */
export interface EnvironmentAddress {
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Invalid variables, which count as not set. */
  readonly issues: readonly Issue[];
}

/** Reads the address of a Prometheus exporter from the environment. Empty variables count as not set. */
export function readAddress(env: NodeJS.ProcessEnv): EnvironmentAddress {
  const host = env[HOST_VARIABLE]?.trim() || undefined;
  const text = env[PORT_VARIABLE]?.trim() || undefined;
  const port = text === undefined ? undefined : parseDecimal(text, 0, MAX_PORT);
  const issues = text !== undefined && port === undefined ? [invalidValue(PORT_VARIABLE, text, EXPECTED_PORT)] : [];
  return { host, port, issues };
}

/** Returns a decimal integer in a range, or `undefined` for any other text, hexadecimal and exponents included. */
export function parseDecimal(text: string, min: number, max: number): number | undefined {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}
