import type { Context } from '@opentelemetry/api';
import type { Observation } from './observation';
import type { ObservedPoints } from './observed-points';
import type { ObservedSeries } from './observed-series';
import type { ObservedSeriesTable } from './observed-series-table';

/** An observation whose series was not observed in the collection before. */
export interface Newcomer {
  readonly observation: Observation;
  readonly value: number;
  readonly context: Context | undefined;
  readonly slot: number;
  readonly series: ObservedSeries;
}

/** The state of one reader. Callbacks observe for the reader that collects, so readers share no series. */
export interface ReaderState {
  readonly position: number;
  readonly table: ObservedSeriesTable;
  overflow: ObservedSeries | undefined;
  /** The number of the collection. */
  collection: number;
  collectedAt: number | undefined;
}

/** What one reader collects. */
export interface ObservedCollection {
  readonly state: ReaderState;
  readonly limit: number;
  /** When the collection was asked for. */
  readonly time: number;
  /** When the reader collected before. */
  readonly previous: number;
  readonly points: ObservedPoints;
  /** The observations whose series were not observed in the collection before, in reverse order. */
  readonly newcomers: Newcomer[];
  /** Whether there is a place for each observation. */
  readonly hasRoom: boolean;
}
