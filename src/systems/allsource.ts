import { type InstrumentSource, time, timeSync } from '../instruments';
import { Facade } from '../instruments/facade';
import { catalog } from './generated/allsource';
import { httpMethod } from './http-method';

/** What is in storage. */
export interface StorageStats {
  readonly events: number;
  readonly entities: number;
  readonly sizeBytes: number;
  readonly parquetFiles: number;
  readonly walSegments: number;
}

/** The metrics of the AllSource core (document: Metrics & Monitoring Implementation Guide). Durations are in seconds. */
export class AllSource extends Facade<typeof catalog> {
  constructor(meter?: InstrumentSource) {
    super(catalog, meter);
  }

  /**
   * Runs an ingestion and records it as the document's `ingest` does: on success the event by its type and the number of
   * events in storage, on failure the error, and always the duration.
   *
   * @param storedEvents how many events are in storage once the work is done
   */
  timeIngestion<T>(eventType: string, work: () => T | PromiseLike<T>, storedEvents: () => number): Promise<T> {
    return time(work, (seconds, outcome) => {
      if (outcome === 'success') {
        this.recordEventIngested(eventType);
        this.instruments.storageEventsTotal.record(storedEvents());
      } else {
        this.recordIngestionError();
      }
      this.recordIngestionDuration(seconds);
    });
  }

  recordEventIngested(eventType: string): void {
    this.instruments.eventsIngestedTotal.add(1);
    this.instruments.eventsIngestedByType.add(1, { event_type: eventType });
  }

  recordIngestionDuration(seconds: number): void {
    this.instruments.ingestionDurationSeconds.record(seconds);
  }

  recordIngestionError(): void {
    this.instruments.ingestionErrorsTotal.add(1);
  }

  /** Runs a query and records it as the document's `query` does, and its duration also when it fails. */
  async timeQuery<T>(queryType: string, work: () => readonly T[] | PromiseLike<readonly T[]>): Promise<readonly T[]> {
    this.recordQuery(queryType);
    const results = await time(work, (seconds) => this.recordQueryDuration(queryType, seconds));
    this.setQueryResults(queryType, results.length);
    return results;
  }

  recordQuery(queryType: string): void {
    this.instruments.queriesTotal.add(1, { query_type: queryType });
  }

  recordQueryDuration(queryType: string, seconds: number): void {
    this.instruments.queryDurationSeconds.record(seconds, { query_type: queryType });
  }

  /** @param count how many results the last query of this type returned */
  setQueryResults(queryType: string, count: number): void {
    this.instruments.queryResultsTotal.record(count, { query_type: queryType });
  }

  setStorage({ events, entities, sizeBytes, parquetFiles, walSegments }: StorageStats): void {
    this.instruments.storageEventsTotal.record(events);
    this.instruments.storageEntitiesTotal.record(entities);
    this.instruments.storageSizeBytes.record(sizeBytes);
    this.instruments.parquetFilesTotal.record(parquetFiles);
    this.instruments.walSegmentsTotal.record(walSegments);
  }

  /** Runs a projection on one event and records the success or the error, and the duration of either. */
  timeProjection<T>(projection: string, work: () => T): T {
    return timeSync(work, (seconds, outcome) => {
      if (outcome === 'success') this.instruments.projectionEventsProcessed.add(1, { projection });
      else this.instruments.projectionErrorsTotal.add(1, { projection });
      this.instruments.projectionProcessingDurationSeconds.record(seconds, { projection });
    });
  }

  recordSchemaRegistered(): void {
    this.instruments.schemasRegisteredTotal.add(1);
  }

  recordSchemaValidation(subject: string, result: string, seconds: number): void {
    this.instruments.schemaValidationsTotal.add(1, { subject, result });
    this.instruments.schemaValidationDurationSeconds.record(seconds);
  }

  /** Runs a replay and records its start, its end or failure, and its duration. */
  timeReplay<T>(work: () => T | PromiseLike<T>): Promise<T> {
    this.instruments.replaysStartedTotal.add(1);
    return time(work, (seconds, outcome) => {
      if (outcome === 'success') this.instruments.replaysCompletedTotal.add(1);
      else this.instruments.replaysFailedTotal.add(1);
      this.instruments.replayDurationSeconds.record(seconds);
    });
  }

  recordReplayEvents(count: number): void {
    this.instruments.replayEventsProcessed.add(count);
  }

  setPipelinesRegistered(count: number): void {
    this.instruments.pipelinesRegisteredTotal.record(count);
  }

  /** @param passed whether the pipeline let the event through; one that it held back is counted as filtered too */
  recordPipelineEvent(pipeline: string, passed: boolean, seconds: number): void {
    this.instruments.pipelineEventsProcessed.add(1, { pipeline });
    if (!passed) this.instruments.pipelineEventsFiltered.add(1, { pipeline });
    this.instruments.pipelineProcessingDurationSeconds.record(seconds, { pipeline });
  }

  recordSnapshotCreated(seconds: number): void {
    this.instruments.snapshotsCreatedTotal.add(1);
    this.instruments.snapshotCreationDurationSeconds.record(seconds);
  }

  setSnapshots(count: number): void {
    this.instruments.snapshotsTotal.record(count);
  }

  recordCompaction(seconds: number, filesMerged: number, bytesSaved: number): void {
    this.instruments.compactionsTotal.add(1);
    this.instruments.compactionDurationSeconds.record(seconds);
    this.instruments.compactionFilesMerged.add(filesMerged);
    this.instruments.compactionBytesSaved.add(bytesSaved);
  }

  websocketOpened(): void {
    this.instruments.websocketConnectionsTotal.add(1);
    this.instruments.websocketConnectionsActive.add(1);
  }

  websocketClosed(): void {
    this.instruments.websocketConnectionsActive.add(-1);
  }

  recordWebsocketMessageSent(): void {
    this.instruments.websocketMessagesSent.add(1);
  }

  recordWebsocketError(): void {
    this.instruments.websocketErrorsTotal.add(1);
  }

  requestStarted(): void {
    this.instruments.httpRequestsInFlight.add(1);
  }

  requestEnded(): void {
    this.instruments.httpRequestsInFlight.add(-1);
  }

  /** @param endpoint the route's template, never the path that was asked for */
  recordHttpRequest(method: string, endpoint: string, status: number, seconds: number): void {
    const labels = { method: httpMethod(method), endpoint };
    this.instruments.httpRequestsTotal.add(1, { ...labels, status: String(status) });
    this.instruments.httpRequestDurationSeconds.record(seconds, labels);
  }
}

/** The AllSource core's metrics on the SDK that is registered with the OpenTelemetry API. */
export const allsource = new AllSource();
