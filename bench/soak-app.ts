import { readdirSync } from 'node:fs';
import { metrics } from '@opentelemetry/api';
import { parseExposition, type Sdk, start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';

/** What the driver asks for. Every command is answered by one message. */
export type SoakCommand =
  | { readonly name: 'start'; readonly endpoint: string }
  | { readonly name: 'check' }
  | { readonly name: 'stop' }
  | { readonly name: 'measure' };

/** What a process holds. */
export interface Held {
  readonly heapBytes: number;
  readonly handles: number;
  readonly listeners: number;
  readonly descriptors: number;
}

/** The number of live churning series. Each turn ends the oldest ones and begins as many. */
const LIVE = 500;
const TURN_SERIES = 10;
const TURN_MILLIS = 20;

/** Series that are removed again, series that never are, and documented metrics, recorded without a pause. */
class Load {
  private readonly meter = metrics.getMeter('soak');
  private readonly stable = this.meter.createCounter('soak.events');
  private readonly churning = this.meter.createCounter('soak.sessions');
  private readonly durations = this.meter.createHistogram('soak.duration', { unit: 's' });
  private readonly unbounded = this.meter.createCounter('soak.users');
  private readonly live: string[] = [];
  private readonly timer = setInterval(() => this.turn(), TURN_MILLIS);
  private next = 0;
  readonly recorded = { events: 0, sessions: new Map<string, number>(), durations: 0, users: 0, jobs: 0 };

  constructor() {
    const observed = this.meter.createObservableGauge('soak.live');
    observed.addCallback((result) => result.observe(this.live.length));
  }

  private turn(): void {
    const { recorded } = this;
    for (let i = 0; i < TURN_SERIES; i++) {
      const session = `session-${this.next++}`;
      this.live.push(session);
      this.churning.add(3, { session });
      this.durations.record(i / 10, { session });
      this.unbounded.add(1, { user: session });
      recorded.sessions.set(session, 3);
      recorded.durations++;
      recorded.users++;
      if (this.live.length <= LIVE) continue;
      const ended = this.live.shift() as string;
      removable(this.churning).remove({ session: ended });
      removable(this.durations).remove({ session: ended });
      recorded.sessions.delete(ended);
    }
    for (let i = 0; i < 100; i++) this.stable.add(1, { kind: i & 1 ? 'odd' : 'even' });
    recorded.events += 100;
    hodei.recordJobScheduled(`tenant-${this.next % 7}`);
    recorded.jobs++;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

function removable(instrument: object): { remove(attributes: object): void } {
  return instrument as { remove(attributes: object): void };
}

let sdk: Sdk | undefined;
let load: Load | undefined;

async function startSdk(endpoint: string): Promise<readonly string[]> {
  process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT = endpoint;
  sdk = await start({
    systems: [hodei],
    exporters: ['prometheus', 'otlp'],
    otlpTemporality: 'delta',
    exportIntervalMillis: 1000,
    exportTimeoutMillis: 3000,
    prometheus: { port: 0 },
  });
  load = new Load();
  return sdk.urls;
}

/** Compares the endpoint's counters with what was recorded. Returns the differences. */
async function check(): Promise<{ readonly differences: string[]; readonly events: number; readonly jobs: number }> {
  load?.stop();
  const { events, sessions, users, jobs } = (load as Load).recorded;
  const { body } = await (sdk as Sdk).scrape();
  const families = parseExposition(body);
  const samples = (name: string) => families.get(name)?.samples ?? [];
  const total = (name: string) => samples(name).reduce((sum, { value }) => sum + value, 0);
  const differences: string[] = [];
  const compare = (name: string, actual: number, expected: number) => {
    if (actual !== expected) differences.push(`${name}: ${actual} instead of ${expected}`);
  };
  compare('events', total('soak_events_total'), events);
  compare('users', total('soak_users_total'), users);
  compare('jobs', total('hodei_jobs_scheduled_total'), jobs);
  compare('sessions', samples('soak_sessions_total').length, sessions.size);
  for (const { labels, value } of samples('soak_sessions_total')) {
    compare('session', value, sessions.get(labels.get('session') as string) ?? 0);
  }
  return { differences, events, jobs };
}

function measure(): Held {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  return {
    heapBytes: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
    listeners: process.eventNames().reduce((count, event) => count + process.listenerCount(event), 0),
    descriptors: readdirSync('/proc/self/fd').length,
  };
}

async function run(command: SoakCommand): Promise<unknown> {
  switch (command.name) {
    case 'start':
      return startSdk(command.endpoint);
    case 'check':
      return check();
    case 'stop':
      await sdk?.shutdown();
      sdk = undefined;
      load = undefined;
      return undefined;
    case 'measure':
      return measure();
  }
}

process.on('message', (command: SoakCommand) => {
  void run(command).then(
    (value) => process.send?.({ value }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
