import type { OtlpConnection } from '../../otlp/otlp-exporter';
import type { Setting } from '../setting';
import type { SETTINGS } from '../settings-table';

type Table = typeof SETTINGS;

/** The settings that a configuration file has, under the paths of their options. */
export type FileSettings = {
  -readonly [K in keyof Table]?: (Table[K] extends Setting<infer T> ? T : never) | undefined;
} & {
  /** How the OTLP exporter connects. */
  otlpConnection?: OtlpConnection | undefined;
};
