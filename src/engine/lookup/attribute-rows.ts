import type { Attributes } from '@opentelemetry/api';

/** Attribute sets that are known by row number. */
export interface AttributeRows {
  attributes(row: number): Attributes;
}
