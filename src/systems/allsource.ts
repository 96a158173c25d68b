import { createHttpRecorder } from '../instruments/catalog-http-recorder';
import { Facade } from '../instruments/facade';
import type { HttpRecorder } from '../instruments/http-recorder';
import type { MeterLike } from '../instruments/instrument-types';
import { measure, type Outcome, type Timed } from '../instruments/timer';
import { WorkTimer } from '../instruments/work-timer';
import { catalog } from './generated/allsource';

export { MethodLabel } from './generated/allsource';

/** The contents of the storage (section Storage). */
export interface StorageStats {
  /** Stored events. */
  readonly events: number;
  /** Entities that have events. */
  readonly entities: number;
  /** The size of the storage in bytes. */
  readonly sizeBytes: number;
  /** Parquet files. */
  readonly parquetFiles: number;
  /** Segments of the write-ahead log. */
  readonly walSegments: number;
}

/** The result of a compaction (section Compaction). */
export interface Compaction {
  /** Merged files. */
  readonly filesMerged: number;
  /** The bytes by which the storage became smaller; at least 0. */
  readonly bytesSaved: number;
}

/**
 * The metrics of the AllSource core. Durations are in seconds; counts are at least 0. Family names begin with `allsource_`.
 *
 * Source: allsource document, "Metrics & Monitoring Implementation Guide", Metrics Categories Implemented.
 */
export class AllSource extends Facade<typeof catalog> {
  /** Records HTTP server requests in the three metrics of section HTTP/System. */
  readonly httpRecorder: HttpRecorder = createHttpRecorder({
    requests: this.instruments.httpRequestsTotal,
    duration: this.instruments.httpRequestDurationSeconds,
    inFlight: this.instruments.httpRequestsInFlight,
  });

  constructor(meter?: MeterLike) {
    super(catalog, meter);
  }

  /**
   * Runs an ingestion, synchronous or asynchronous. Records its duration, on success the event and the number of stored
   * events, on failure the error (section Add Metrics to EventStore).
   *
   * @param storedEvents returns the number of stored events after the work
   * @returns what `work` returns
   */
  timeIngestion<R>(eventType: string, work: () => R, storedEvents: () => number): Timed<R> {
    const timer = this.startIngestion(eventType, storedEvents);
    return measure(work, (_, outcome) => timer.stop(outcome));
  }

  /** Starts a timer of an ingestion. Stopping it records what {@link timeIngestion} records. */
  startIngestion(eventType: string, storedEvents: () => number): WorkTimer<Outcome> {
    return new WorkTimer((seconds, outcome) => {
      if (outcome === 'success') {
        this.recordEventIngested(eventType);
        this.instruments.storageEventsTotal.record(storedEvents());
      } else {
        this.recordIngestionError();
      }
      this.recordIngestionDuration(seconds);
    }, 'error');
  }

  /** Increments `events_ingested_total` and `events_ingested_by_type` (section Event Ingestion). */
  recordEventIngested(eventType: string): void {
    this.instruments.eventsIngestedTotal.inc();
    this.instruments.eventsIngestedByType.inc({ event_type: eventType });
  }

  /** Records in `ingestion_duration_seconds` (section Event Ingestion). */
  recordIngestionDuration(seconds: number): void {
    this.instruments.ingestionDurationSeconds.record(seconds);
  }

  /** Increments `ingestion_errors_total` (section Event Ingestion). */
  recordIngestionError(): void {
    this.instruments.ingestionErrorsTotal.inc();
  }

  /**
   * Runs a query, synchronous or asynchronous. Records the query and its duration, also if it fails, and the number of its
   * results (section Query Performance).
   *
   * @returns the results
   */
  timeQuery<R extends readonly unknown[] | PromiseLike<readonly unknown[]>>(
    queryType: string,
    work: () => R,
  ): Timed<R> {
    const timer = this.startQuery(queryType);
    return measure(work, (_seconds, _outcome, results) => timer.stop(results?.length));
  }

  /**
   * Starts a timer of a query, and records the query. Stopping it records the duration and the number of results, which is
   * `undefined` for a query that failed.
   */
  startQuery(queryType: string): WorkTimer<number | undefined> {
    this.recordQuery(queryType);
    return new WorkTimer((seconds, results) => {
      this.recordQueryDuration(queryType, seconds);
      if (results !== undefined) this.setQueryResults(queryType, results);
    }, undefined);
  }

  /** Increments `queries_total` (section Query Performance). */
  recordQuery(queryType: string): void {
    this.instruments.queriesTotal.inc({ query_type: queryType });
  }

  /** Records in `query_duration_seconds` (section Query Performance). */
  recordQueryDuration(queryType: string, seconds: number): void {
    this.instruments.queryDurationSeconds.record(seconds, { query_type: queryType });
  }

  /** Sets `query_results_total`, the number of results of the last query of a type (section Query Performance). */
  setQueryResults(queryType: string, count: number): void {
    this.instruments.queryResultsTotal.record(count, { query_type: queryType });
  }

  /** Sets the five gauges of section Storage. */
  setStorage({ events, entities, sizeBytes, parquetFiles, walSegments }: StorageStats): void {
    this.instruments.storageEventsTotal.record(events);
    this.instruments.storageEntitiesTotal.record(entities);
    this.instruments.storageSizeBytes.record(sizeBytes);
    this.instruments.parquetFilesTotal.record(parquetFiles);
    this.instruments.walSegmentsTotal.record(walSegments);
  }

  /**
   * Runs a projection for one event, synchronous or asynchronous, and records the success or the error, and the duration
   * (section Projections).
   *
   * @returns what `work` returns
   */
  timeProjection<R>(projection: string, work: () => R): Timed<R> {
    const timer = this.startProjection(projection);
    return measure(work, (_, outcome) => timer.stop(outcome));
  }

  /** Starts a timer of a projection. Stopping it records what {@link timeProjection} records. */
  startProjection(projection: string): WorkTimer<Outcome> {
    return new WorkTimer((seconds, outcome) => {
      if (outcome === 'success') this.instruments.projectionEventsProcessed.inc({ projection });
      else this.instruments.projectionErrorsTotal.inc({ projection });
      this.instruments.projectionProcessingDurationSeconds.record(seconds, { projection });
    }, 'error');
  }

  /** Increments `schemas_registered_total` (section Schema Registry). */
  recordSchemaRegistered(): void {
    this.instruments.schemasRegisteredTotal.inc();
  }

  /**
   * Increments `schema_validations_total` and records in `schema_validation_duration_seconds` (section Schema Registry).
   *
   * @param result one of a small number of results, such as `valid`
   */
  recordSchemaValidation(subject: string, result: string, seconds: number): void {
    this.instruments.schemaValidationsTotal.inc({ subject, result });
    this.instruments.schemaValidationDurationSeconds.record(seconds);
  }

  /**
   * Starts a timer of a schema validation. Stopping it with the result records the validation; the result of one that did
   * not end is `error`.
   */
  startSchemaValidation(subject: string): WorkTimer<string> {
    return new WorkTimer((seconds, result) => this.recordSchemaValidation(subject, result, seconds), 'error');
  }

  /**
   * Runs a replay, synchronous or asynchronous, and records its start, its completion or failure, and its duration
   * (section Event Replay).
   *
   * @returns what `work` returns
   */
  timeReplay<R>(work: () => R): Timed<R> {
    const timer = this.startReplay();
    return measure(work, (_, outcome) => timer.stop(outcome));
  }

  /** Starts a timer of a replay, and records its start. Stopping it records what {@link timeReplay} records. */
  startReplay(): WorkTimer<Outcome> {
    this.instruments.replaysStartedTotal.inc();
    return new WorkTimer((seconds, outcome) => {
      if (outcome === 'success') this.instruments.replaysCompletedTotal.inc();
      else this.instruments.replaysFailedTotal.inc();
      this.instruments.replayDurationSeconds.record(seconds);
    }, 'error');
  }

  /** Adds a number of replayed events to `replay_events_processed` (section Event Replay). */
  recordReplayEvents(count: number): void {
    this.instruments.replayEventsProcessed.add(count);
  }

  /** Sets `pipelines_registered_total` (section Stream Pipelines). */
  setPipelinesRegistered(count: number): void {
    this.instruments.pipelinesRegisteredTotal.record(count);
  }

  /**
   * Increments `pipeline_events_processed` and records in `pipeline_processing_duration_seconds` (section Stream
   * Pipelines).
   *
   * @param passed whether the event passed the pipeline; otherwise `pipeline_events_filtered` is incremented too
   */
  recordPipelineEvent(pipeline: string, passed: boolean, seconds: number): void {
    this.instruments.pipelineEventsProcessed.inc({ pipeline });
    if (!passed) this.instruments.pipelineEventsFiltered.inc({ pipeline });
    this.instruments.pipelineProcessingDurationSeconds.record(seconds, { pipeline });
  }

  /** Starts a timer of an event in a pipeline. Stopping it with whether the event passed records the event. */
  startPipelineEvent(pipeline: string): WorkTimer<boolean> {
    return new WorkTimer((seconds, passed) => this.recordPipelineEvent(pipeline, passed, seconds), true);
  }

  /** Increments `snapshots_created_total` and records in `snapshot_creation_duration_seconds` (section Snapshots). */
  recordSnapshotCreated(seconds: number): void {
    this.instruments.snapshotsCreatedTotal.inc();
    this.instruments.snapshotCreationDurationSeconds.record(seconds);
  }

  /** Starts a timer of the creation of a snapshot. Stopping it records the duration, and on success the snapshot. */
  startSnapshot(): WorkTimer<Outcome> {
    return new WorkTimer((seconds, outcome) => {
      if (outcome === 'success') this.recordSnapshotCreated(seconds);
      else this.instruments.snapshotCreationDurationSeconds.record(seconds);
    }, 'error');
  }

  /** Sets `snapshots_total`, the number of existing snapshots (section Snapshots). */
  setSnapshots(count: number): void {
    this.instruments.snapshotsTotal.record(count);
  }

  /** Records a compaction in the four metrics of section Compaction. */
  recordCompaction(seconds: number, filesMerged: number, bytesSaved: number): void {
    this.instruments.compactionsTotal.inc();
    this.instruments.compactionDurationSeconds.record(seconds);
    this.instruments.compactionFilesMerged.add(filesMerged);
    this.instruments.compactionBytesSaved.add(bytesSaved);
  }

  /**
   * Starts a timer of a compaction. Stopping it records the duration and the compaction, of which a failed one has no result.
   */
  startCompaction(): WorkTimer<Compaction | undefined> {
    return new WorkTimer((seconds, done) => {
      if (done === undefined) this.instruments.compactionDurationSeconds.record(seconds);
      else this.recordCompaction(seconds, done.filesMerged, done.bytesSaved);
    }, undefined);
  }

  /** Increments `websocket_connections_total` and `websocket_connections_active` (section WebSocket). */
  recordWebsocketOpened(): void {
    this.instruments.websocketConnectionsTotal.inc();
    this.instruments.websocketConnectionsActive.inc();
  }

  /** Decrements `websocket_connections_active` (section WebSocket). */
  recordWebsocketClosed(): void {
    this.instruments.websocketConnectionsActive.dec();
  }

  /** Increments `websocket_messages_sent` (section WebSocket). */
  recordWebsocketMessageSent(): void {
    this.instruments.websocketMessagesSent.inc();
  }

  /** Increments `websocket_errors_total` (section WebSocket). */
  recordWebsocketError(): void {
    this.instruments.websocketErrorsTotal.inc();
  }
}

/** The metrics of the AllSource core on the SDK that is registered with the OpenTelemetry API. */
export const allsource = new AllSource();
