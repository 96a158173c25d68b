import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/catalog/definition';
import { type Facade, type MeterLike, stopwatch } from '../../src/instruments';
import { AllSource } from '../../src/systems/allsource';
import { ControlPlane } from '../../src/systems/control-plane';
import { Hodei } from '../../src/systems/hodei';
import { Orchestrator } from '../../src/systems/orchestrator';
import { StreamProcessor } from '../../src/systems/stream-processor';
import { DagdaStatus, Ticker } from '../../src/systems/ticker';
import { serve } from '../served';

/** Notes every called method of a facade, so that the test fails for a method that it does not call. */
function noteCalls<F extends object>(facade: F, called: Set<string>): F {
  return new Proxy(facade, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      if (typeof value === 'function') called.add(String(name));
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function methodNames(facade: object): string[] {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(facade)).filter((name) => name !== 'constructor');
}

/** Calls the facade of a system and returns the lines of the page. Checks that every method is called and every family served. */
async function pageAfter<F extends Facade<Catalog>>(
  create: (meter: MeterLike) => F,
  calls: (facade: F) => void | Promise<void>,
): Promise<string[]> {
  const catalog = create(serve().meter).catalog;
  const { provider, page } = serve({}, catalog);
  const facade = create(provider.getMeter(catalog.name));
  const called = new Set<string>();
  await calls(noteCalls(facade, called));
  expect([...called].sort()).toEqual(methodNames(facade).sort());
  const lines = (await page()).split('\n');
  for (const { name, instrument, description } of Object.values(catalog.metrics)) {
    expect(lines).toContain(`# TYPE ${name} ${instrument === 'updowncounter' ? 'gauge' : instrument}`);
    expect(lines).toContain(`# HELP ${name} ${description}`);
  }
  return lines;
}

function expectLines(lines: readonly string[], expected: string): void {
  for (const line of expected.trim().split('\n')) expect(lines).toContain(line.trim());
}

const failing = () => {
  throw new Error('it failed');
};

describe('the facade of ticker', () => {
  it('records every call of ticker as its document shows', async () => {
    const lines = await pageAfter(
      (meter) => new Ticker(meter),
      (ticker) => {
        ticker.setCpuUsage('cpu0', 12.5);
        ticker.setCpuUsage('total', 25);
        ticker.setMemoryUsage('used', 3e9);
        ticker.setMemoryUsage('available', 1e9);
        ticker.setMemoryTotal(4e9);
        ticker.setStatus(DagdaStatus.Running);
        ticker.setShards(2);
        expect(ticker.timeTickProcessing('shard-0-timed', () => 1)).toBe(1);
        ticker.startTickProcessing('shard-0-timed').stop();
        expect(ticker.timeWorkerProcessing('timed', () => 2)).toBe(2);
        ticker.startWorkerProcessing('timed').stop();
        ticker.setWorkers('shard-0', 3);
        ticker.setWorkers('shard-1', 1);
        ticker.setWorkersByStatus('shard-0', { in_progress: 2, paused: 1 });
        ticker.setWorkersByStatus('shard-1', { idle: 1 });
        ticker.recordWorkerOperation('worker_start', 'unauthorized');
        ticker.recordWorkerTick('w1', 'miner');
        ticker.recordWorkerTick('w2', 'miner');
        ticker.setWorkerProgress('w1', 'miner', 5, 4);
        ticker.setWorkerProgress('w2', 'miner', -1, 4);
        ticker.setWorkerProgress('w3', 'miner', 1, 4);
        ticker.setWorkerProgress('w4', 'miner', 1, 0);
        ticker.setMessageQueueSize('dagda_inbox', 7);
        ticker.recordTickProcessingDuration('shard-0', 0.02);
        ticker.recordTickProcessingDuration('shard-1', 0.02);
        ticker.recordWorkerProcessingDuration('progress', 0.3);
        ticker.httpRecorder.recordHttpRequest('get', '/shards', 200, 0.004);
        ticker.httpRecorder.recordHttpRequest('BREW', '/shards', 405, 20);
        ticker.removeShard('shard-1');
        ticker.removeWorker('w2', 'miner');
      },
    );
    expectLines(
      lines,
      `
      system_cpu_usage_percent{cpu="cpu0"} 12.5
      system_cpu_usage_percent{cpu="total"} 25
      system_memory_usage_bytes{type="used"} 3000000000
      system_memory_usage_bytes{type="available"} 1000000000
      system_memory_total_bytes{type="total"} 4000000000
      dagda_status 1
      dagda_shards_total 2
      dagda_workers_total{shard_id="shard-0"} 3
      dagda_workers_by_status{status="idle",shard_id="shard-0"} 0
      dagda_workers_by_status{status="in_progress",shard_id="shard-0"} 2
      dagda_workers_by_status{status="completed",shard_id="shard-0"} 0
      dagda_workers_by_status{status="paused",shard_id="shard-0"} 1
      dagda_workers_by_status{status="stopped",shard_id="shard-0"} 0
      dagda_worker_operations_total{operation="worker_start",status="unauthorized"} 1
      dagda_worker_ticks_total{worker_id="w1",blueprint="miner"} 1
      dagda_worker_progress_ratio{worker_id="w1",blueprint="miner"} 1
      dagda_worker_progress_ratio{worker_id="w3",blueprint="miner"} 0.25
      dagda_worker_progress_ratio{worker_id="w4",blueprint="miner"} 0
      dagda_message_queue_size{queue_type="dagda_inbox"} 7
      dagda_message_queue_size{queue_type="worker_inbox"} 0
      dagda_tick_processing_duration_seconds_bucket{shard_id="shard-0",le="0.01"} 0
      dagda_tick_processing_duration_seconds_bucket{shard_id="shard-0",le="0.025"} 1
      dagda_tick_processing_duration_seconds_sum{shard_id="shard-0"} 0.02
      dagda_worker_processing_duration_seconds_bucket{message_type="progress",le="0.5"} 1
      http_requests_total{method="GET",endpoint="/shards",status="200"} 1
      http_requests_total{method="_OTHER",endpoint="/shards",status="405"} 1
      http_request_duration_seconds_bucket{method="GET",endpoint="/shards",le="0.005"} 1
      http_request_duration_seconds_bucket{method="_OTHER",endpoint="/shards",le="10"} 0
      http_request_duration_seconds_bucket{method="_OTHER",endpoint="/shards",le="+Inf"} 1
      `,
    );
    expect(lines.filter((line) => /shard-1|w2/.test(line))).toEqual([]);
  });
});

describe('the facade of stream-processor', () => {
  it('records every call of stream-processor as its document shows', async () => {
    const lines = await pageAfter(
      (meter) => new StreamProcessor(meter),
      async (processor) => {
        processor.recordEventReceived();
        processor.recordEventReceived();
        processor.recordEventProcessed('success');
        processor.recordEventProcessed('filtered');
        processor.recordEventProcessingDuration(0.003, 'dropped');
        await processor.timeEventProcessing(async () => 1);
        expect(() => processor.timeEventProcessing(failing)).toThrow('it failed');
        processor.setPipelineLag(1.5);
        processor.setBackpressureEvents(12);
        processor.recordWindowCreated('tumbling');
        processor.recordWindowTriggered('sliding');
        processor.setWindowsActive('session', 4);
        processor.recordWindowSize('tumbling', 100);
        processor.recordLateEvent();
        processor.recordAggregationComputed('sum');
        processor.recordAggregationDuration('sum', 0.01);
        processor.recordAggregationError('avg');
        expect(processor.timeAggregation('max', () => 3)).toBe(3);
        expect(() => processor.timeAggregation('max', failing)).toThrow('it failed');
        processor.startAggregation('min').stop('success');
        processor.startEventProcessing().stop('filtered');
        processor.recordStateOperation('put', 'redis', 0.002);
        processor.startStateOperation('scan', 'redis').stop();
        expect(processor.timeOperator('map', () => 4)).toBe(4);
        processor.startOperator('map').stop();
        expect(await processor.timeStateOperation('get', 'redis', () => 'v')).toBe('v');
        expect(() => processor.timeStateOperation('get', 'redis', failing)).toThrow('it failed');
        processor.recordStateCacheHit('L1');
        processor.recordStateCacheMiss('L2');
        processor.setStateSizeBytes('redis', 2048);
        processor.recordStateEviction('redis');
        processor.recordDedupCheck(true);
        processor.recordDedupCheck(false);
        processor.setDedupCacheSize(2);
        processor.recordDedupCacheEviction();
        processor.recordNormalizationEvent();
        processor.recordNormalizationFill('linear');
        processor.recordNormalizationGapFilled();
        processor.recordNormalizationOutlier();
        processor.setWatermarkLag(0.25);
        processor.recordWatermarkUpdate();
        processor.recordOutOfOrderEvent();
        processor.recordKafkaMessageConsumed('trades', 0);
        processor.recordKafkaMessageProduced('bars', 1);
        processor.setKafkaConsumerLag('trades', 0, 42);
        processor.recordKafkaOffsetCommitError('trades', 0);
        processor.recordPipelineError('parse');
        processor.setPipelineOperatorsActive(6);
        processor.recordOperatorDuration('filter', 0.0005);
      },
    );
    expectLines(
      lines,
      `
      processor_events_received 2
      processor_events_processed{result="success"} 2
      processor_events_processed{result="error"} 1
      processor_events_processed{result="dropped"} 0
      processor_events_processed{result="filtered"} 2
      processor_aggregations_computed{aggregate_type="max"} 1
      processor_aggregation_errors{aggregate_type="max"} 1
      processor_aggregation_duration_seconds_count{aggregate_type="max"} 2
      processor_aggregations_computed{aggregate_type="min"} 1
      processor_state_operations{operation="scan",backend="redis"} 1
      processor_operator_duration_seconds_count{operator="map"} 2
      processor_event_processing_duration_seconds_bucket{result="dropped",le="0.002"} 0
      processor_event_processing_duration_seconds_bucket{result="dropped",le="0.004"} 1
      processor_event_processing_duration_seconds_bucket{result="dropped",le="16.384"} 1
      processor_event_processing_duration_seconds_bucket{result="dropped",le="30"} 1
      processor_event_processing_duration_seconds_count{result="success"} 1
      processor_event_processing_duration_seconds_count{result="error"} 1
      processor_pipeline_lag_seconds 1.5
      processor_backpressure_events 12
      processor_windows_created{window_type="tumbling"} 1
      processor_windows_created{window_type="session"} 0
      processor_windows_triggered{window_type="sliding"} 1
      processor_windows_active{window_type="session"} 4
      processor_window_size_events_bucket{window_type="tumbling",le="64"} 0
      processor_window_size_events_bucket{window_type="tumbling",le="128"} 1
      processor_window_size_events_bucket{window_type="tumbling",le="10000"} 1
      processor_late_events 1
      processor_aggregations_computed{aggregate_type="sum"} 1
      processor_aggregation_duration_seconds_sum{aggregate_type="sum"} 0.01
      processor_aggregation_errors{aggregate_type="avg"} 1
      processor_state_operations{operation="put",backend="redis"} 1
      processor_state_operations{operation="get",backend="redis"} 2
      processor_state_operation_duration_seconds_count{operation="get",backend="redis"} 2
      processor_state_operation_duration_seconds_sum{operation="put",backend="redis"} 0.002
      processor_state_cache_hits{layer="L1"} 1
      processor_state_cache_misses{layer="L2"} 1
      processor_state_cache_misses{layer="L3"} 0
      processor_state_size_bytes{backend="redis"} 2048
      processor_state_evictions{backend="redis"} 1
      processor_dedup_events_checked 2
      processor_dedup_duplicates_found 1
      processor_dedup_cache_size 2
      processor_dedup_cache_evictions 1
      processor_normalization_events 1
      processor_normalization_fill_operations{strategy="linear"} 1
      processor_normalization_fill_operations{strategy="drop"} 0
      processor_normalization_gaps_filled 1
      processor_normalization_outliers_detected 1
      processor_watermark_lag_seconds 0.25
      processor_watermark_updates 1
      processor_out_of_order_events 1
      processor_kafka_messages_consumed{topic="trades",partition="0"} 1
      processor_kafka_messages_produced{topic="bars",partition="1"} 1
      processor_kafka_consumer_lag{topic="trades",partition="0"} 42
      processor_kafka_offset_commit_errors{topic="trades",partition="0"} 1
      processor_pipeline_errors{error_type="parse"} 1
      processor_pipeline_operators_active 6
      processor_operator_duration_seconds_bucket{operator="filter",le="0.001"} 1
      `,
    );
  });
});

describe('the facade of hodei', () => {
  it('records every call of hodei as its document shows', async () => {
    const lines = await pageAfter(
      (meter) => new Hodei(meter),
      async (hodei) => {
        hodei.recordJobScheduled('tenant-123');
        hodei.recordJobCompleted('tenant-123');
        hodei.recordJobFailed('tenant-123', 'timeout');
        hodei.setJobsQueued(5);
        hodei.incrementWorkersRegistered();
        hodei.updateClusterStats({ healthyWorkers: 8, totalWorkers: 10, reservedJobs: 3 });
        hodei.setWorkersHealthy(9);
        hodei.setWorkersTotal(11);
        const seconds = stopwatch();
        hodei.recordSchedulingLatency(0.02);
        hodei.recordSchedulingLatency(seconds());
        expect(await hodei.timeScheduling(() => 'w1')).toBe('w1');
        expect(() => hodei.timeScheduling(failing)).toThrow('it failed');
        hodei.startScheduling().stop();
        hodei.startQueueWait().stop();
        hodei.recordSchedulingDecision('assigned');
        hodei.setCpuUsage('w1', 45.2);
        hodei.setMemoryUsage('w1', 512);
        hodei.setCpuUsage('w2', 1);
        hodei.setMemoryUsage('w2', 1);
        hodei.removeWorker('w2');
        hodei.setQueueSize(4);
        hodei.recordQueueWaitTime(45);
        hodei.httpRecorder.recordHttpRequest('POST', '/api/v1/jobs', 201, 0.01);
        hodei.recordHttpRequest('post', '/api/v1/jobs', 201, 0.005);
        hodei.recordEventPublished('JobCreated');
        hodei.recordEventReceived('JobCreated');
        hodei.setEventBusSubscribers(2);
      },
    );
    expectLines(
      lines,
      `
      hodei_jobs_scheduled_total{tenant_id="tenant-123"} 1
      hodei_jobs_completed_total{tenant_id="tenant-123"} 1
      hodei_jobs_failed_total{tenant_id="tenant-123",error_type="timeout"} 1
      hodei_jobs_queued 5
      hodei_workers_registered_total 1
      hodei_workers_healthy 9
      hodei_workers_total 11
      hodei_scheduling_latency_seconds_bucket{le="0.01"} 4
      hodei_scheduling_latency_seconds_bucket{le="0.025"} 5
      hodei_scheduling_latency_seconds_count 5
      hodei_scheduling_decisions_total{decision_type="assigned"} 1
      hodei_cpu_usage_percent{worker_id="w1"} 45.2
      hodei_memory_usage_mb{worker_id="w1"} 512
      hodei_queue_size 4
      hodei_queue_wait_time_seconds_bucket{le="30"} 1
      hodei_queue_wait_time_seconds_bucket{le="60"} 2
      hodei_queue_wait_time_seconds_bucket{le="600"} 2
      hodei_http_requests_total{method="POST",endpoint="/api/v1/jobs",status_code="201"} 2
      hodei_http_request_duration_seconds_sum 0.015
      hodei_events_published_total{event_type="JobCreated"} 1
      hodei_events_received_total{event_type="JobCreated"} 1
      hodei_event_bus_subscribers 2
      `,
    );
    expect(lines.filter((line) => line.includes('w2'))).toEqual([]);
  });
});

describe('the facade of orchestrator', () => {
  it('records every call of orchestrator as its document shows', async () => {
    const lines = await pageAfter(
      (meter) => new Orchestrator(meter),
      async (orchestrator) => {
        orchestrator.initializeReplicaSet('main', ['users']);
        orchestrator.initializeReplicaSet('idle');
        orchestrator.recordGenerationCreated('main');
        orchestrator.recordWorkerRegistered('main');
        orchestrator.recordPartitionAssignments('main', 4);
        orchestrator.recordReconfiguration('main');
        orchestrator.recordStaleWorkersCleaned('main');
        orchestrator.recordEventProcessed('main', 'users', 0.02);
        orchestrator.recordProjectionError('main', 'orders');
        await orchestrator.timeEventHandling('main', 'users', async () => {});
        expect(() => orchestrator.timeEventHandling('main', 'users', failing)).toThrow('it failed');
        orchestrator.startEventHandling('main', 'timed').stop('error');
        expect(orchestrator.timeCoordination('timed', () => 1)).toBe(1);
        orchestrator.startCoordination('timed').stop();
        expect(orchestrator.timeHeartbeat('timed', () => 2)).toBe(2);
        orchestrator.startHeartbeat('timed').stop();
        orchestrator.setActiveWorkers('main', 2);
        orchestrator.setCurrentGenerationPartitions('main', 8);
        for (const state of ['initializing', 'coordinating', 'processing'] as const) {
          orchestrator.setWorkerState('main', 'w1', state);
        }
        orchestrator.setWorkerState('main', 'w2', 'stopping');
        orchestrator.removeWorker('main', 'w2');
        orchestrator.recordCoordinationDuration('main', 1.5);
        orchestrator.recordHeartbeatLatency('main', 0.03);
      },
    );
    const prefix = 'pupsourcing_orchestrator';
    expectLines(
      lines,
      `
      ${prefix}_generations_total{replica_set="main"} 1
      ${prefix}_generations_total{replica_set="idle"} 0
      ${prefix}_workers_registered_total{replica_set="main"} 1
      ${prefix}_partition_assignments_total{replica_set="main"} 4
      ${prefix}_reconfiguration_total{replica_set="main"} 1
      ${prefix}_stale_workers_cleaned_total{replica_set="main"} 1
      ${prefix}_stale_workers_cleaned_total{replica_set="idle"} 0
      ${prefix}_events_processed_total{replica_set="main",projection="users"} 3
      ${prefix}_projection_errors_total{replica_set="main",projection="users"} 1
      ${prefix}_projection_errors_total{replica_set="main",projection="orders"} 1
      ${prefix}_active_workers{replica_set="main"} 2
      ${prefix}_current_generation_partitions{replica_set="main"} 8
      ${prefix}_worker_state{replica_set="main",worker_id="w1",state="initializing"} 0
      ${prefix}_worker_state{replica_set="main",worker_id="w1",state="coordinating"} 0
      ${prefix}_worker_state{replica_set="main",worker_id="w1",state="processing"} 1
      ${prefix}_worker_state{replica_set="main",worker_id="w1",state="stopping"} 0
      ${prefix}_coordination_duration_seconds_bucket{replica_set="main",le="1"} 0
      ${prefix}_coordination_duration_seconds_bucket{replica_set="main",le="2"} 1
      ${prefix}_event_processing_duration_seconds_count{replica_set="main",projection="users"} 3
      ${prefix}_heartbeat_latency_seconds_bucket{replica_set="main",le="0.05"} 1
      `,
    );
    expect(lines.filter((line) => line.includes('w2'))).toEqual([]);
  });
});

describe('the facade of allsource', () => {
  it('records every call of allsource as its document shows', async () => {
    const lines = await pageAfter(
      (meter) => new AllSource(meter),
      async (allsource) => {
        await allsource.timeIngestion(
          'user.created',
          async () => {},
          () => 41,
        );
        expect(() => allsource.timeIngestion('user.created', failing, () => 0)).toThrow('it failed');
        allsource.recordEventIngested('user.deleted');
        allsource.recordIngestionDuration(0.002);
        allsource.recordIngestionError();
        expect(await allsource.timeQuery('entity', async () => ['a', 'b'])).toEqual(['a', 'b']);
        expect(() => allsource.timeQuery('type', failing)).toThrow('it failed');
        expect(allsource.timeQuery('sync', () => [1, 2, 3])).toEqual([1, 2, 3]);
        allsource.recordQuery('full_scan');
        allsource.recordQueryDuration('full_scan', 3);
        allsource.setQueryResults('full_scan', 9);
        expect(allsource.timeProjection('totals', () => 3)).toBe(3);
        expect(() => allsource.timeProjection('totals', failing)).toThrow('it failed');
        allsource.recordSchemaRegistered();
        allsource.recordSchemaValidation('user.created', 'valid', 0.0001);
        await allsource.timeReplay(async () => {});
        allsource.startReplay().stop('error');
        allsource.startIngestion('timed', () => 9).stop('success');
        allsource.setStorage({ events: 42, entities: 7, sizeBytes: 1024, parquetFiles: 2, walSegments: 1 });
        allsource.startQuery('timed').stop(3);
        allsource.startProjection('timed').stop('success');
        allsource.startSchemaValidation('timed').stop('valid');
        allsource.startPipelineEvent('timed').stop(false);
        allsource.startSnapshot().stop('success');
        allsource.startCompaction().stop({ filesMerged: 2, bytesSaved: 10 });
        expect(() => allsource.timeReplay(failing)).toThrow('it failed');
        allsource.recordReplayEvents(100);
        allsource.setPipelinesRegistered(2);
        allsource.recordPipelineEvent('clean', true, 0.001);
        allsource.recordPipelineEvent('clean', false, 0.001);
        allsource.recordSnapshotCreated(0.5);
        allsource.setSnapshots(3);
        allsource.recordCompaction(2, 4, 4096);
        allsource.recordWebsocketOpened();
        allsource.recordWebsocketOpened();
        allsource.recordWebsocketClosed();
        allsource.recordWebsocketMessageSent();
        allsource.recordWebsocketError();
        allsource.httpRecorder.requestStarted?.('GET');
        allsource.httpRecorder.requestStarted?.('GET');
        allsource.httpRecorder.requestEnded?.('GET');
        allsource.httpRecorder.recordHttpRequest('POST', '/events', 201, 0.003);
      },
    );
    expectLines(
      lines,
      `
      allsource_events_ingested_total 3
      allsource_events_ingested_by_type{event_type="user.created"} 1
      allsource_events_ingested_by_type{event_type="user.deleted"} 1
      allsource_ingestion_duration_seconds_count 4
      allsource_ingestion_errors_total 2
      allsource_queries_total{query_type="entity"} 1
      allsource_query_results_total{query_type="timed"} 3
      allsource_projection_events_processed{projection="timed"} 1
      allsource_schema_validations_total{subject="timed",result="valid"} 1
      allsource_pipeline_events_filtered{pipeline="timed"} 1
      allsource_queries_total{query_type="type"} 1
      allsource_query_duration_seconds_count{query_type="type"} 1
      allsource_query_duration_seconds_bucket{query_type="full_scan",le="2.5"} 0
      allsource_query_duration_seconds_bucket{query_type="full_scan",le="5"} 1
      allsource_query_results_total{query_type="entity"} 2
      allsource_query_results_total{query_type="full_scan"} 9
      allsource_storage_events_total 42
      allsource_storage_entities_total 7
      allsource_storage_size_bytes 1024
      allsource_parquet_files_total 2
      allsource_wal_segments_total 1
      allsource_projection_events_processed{projection="totals"} 1
      allsource_projection_errors_total{projection="totals"} 1
      allsource_projection_processing_duration_seconds_count{projection="totals"} 2
      allsource_schemas_registered_total 1
      allsource_schema_validations_total{subject="user.created",result="valid"} 1
      allsource_schema_validation_duration_seconds_count 2
      allsource_replays_started_total 3
      allsource_replays_completed_total 1
      allsource_replays_failed_total 2
      allsource_replay_events_processed 100
      allsource_replay_duration_seconds_count 3
      allsource_pipelines_registered_total 2
      allsource_pipeline_events_processed{pipeline="clean"} 2
      allsource_pipeline_events_filtered{pipeline="clean"} 1
      allsource_pipeline_processing_duration_seconds_count{pipeline="clean"} 2
      allsource_snapshots_created_total 2
      allsource_snapshot_creation_duration_seconds_count 2
      allsource_snapshots_total 3
      allsource_compactions_total 2
      allsource_compaction_duration_seconds_count 2
      allsource_compaction_files_merged 6
      allsource_compaction_bytes_saved 4106
      allsource_websocket_connections_active 1
      allsource_websocket_connections_total 2
      allsource_websocket_messages_sent 1
      allsource_websocket_errors_total 1
      allsource_http_requests_total{method="POST",endpoint="/events",status="201"} 1
      allsource_http_request_duration_seconds_sum{method="POST",endpoint="/events"} 0.003
      allsource_http_requests_in_flight 1
      `,
    );
  });
});

describe('the facade of control-plane', () => {
  it('records every call of control-plane as its document shows', async () => {
    const lines = await pageAfter(
      (meter) => new ControlPlane(meter),
      (controlPlane) => {
        controlPlane.httpRecorder.recordHttpRequest('GET', '/api/v1/metrics', 200, 0.004);
        controlPlane.httpRecorder.recordHttpRequest(
          'GET',
          controlPlane.httpRecorder.unmatchedEndpoint ?? 'unmatched',
          404,
          0.001,
        );
        controlPlane.setCoreHealth('core-1', true);
        controlPlane.setCoreHealth('core-2', false);
        controlPlane.setCoreHealth('core-3', true);
        controlPlane.setCoreEvents('core-1', 1000);
        controlPlane.setCoreEvents('core-3', 1000);
        controlPlane.removeNode('core-3');
      },
    );
    expectLines(
      lines,
      `
      control_plane_http_requests_total{method="GET",endpoint="/api/v1/metrics",status="200"} 1
      control_plane_http_requests_total{method="GET",endpoint="",status="404"} 1
      control_plane_http_request_duration_seconds_bucket{method="GET",endpoint="/api/v1/metrics",le="0.005"} 1
      control_plane_core_health_status{node_id="core-1"} 1
      control_plane_core_health_status{node_id="core-2"} 0
      control_plane_core_events_total{node_id="core-1"} 1000
      `,
    );
    expect(lines.filter((line) => line.includes('core-3'))).toEqual([]);
  });
});
