// `AsyncDisposable` must be known to users whose `lib` is older; the reference becomes a part of the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

import { createNoopMeter, type DiagLogger, metrics } from '@opentelemetry/api';
import { type CatalogSource, resolveCatalog } from '../catalog/views';
import { resetDiagnostics, setDiagnosticLogger } from '../diagnostics';
import { MeterProvider, type MeterProviderOptions } from '../engine/meter-provider';
import { PrometheusReader, type PrometheusReaderOptions } from '../exporter/prometheus-reader';
import { type CapableMeter, type Catalog, createInstruments, type Instruments } from '../instruments';
import { attachObserved } from '../instruments/deferred';
import { registerProvider } from '../sdk/global-provider';
import { ConfigurationError } from '../sdk/settings';
import type { FakeClock } from './fake-clock';
import type { Scrapable } from './page-source';

/** The context of a test of `node:test` (`after`) or of Vitest (`onTestFinished`). */
export type TestContext =
  | { after(dispose: () => Promise<void>): void }
  | { onTestFinished(dispose: () => Promise<void>): void };

/** Options of {@link startTestSdk}. All are optional. */
export interface TestSdkOptions
  extends Pick<MeterProviderOptions, 'views' | 'cardinalityLimit' | 'initializeToZero' | 'exemplarFilter' | 'readers'> {
  /** Catalogs or facades whose metrics exist from the start. None by default. */
  readonly catalogs?: readonly CatalogSource[] | undefined;
  /** The time. That of the system by default. */
  readonly clock?: FakeClock | undefined;
  /**
   * Whether the SDK is registered with the OpenTelemetry API, so that `deferredInstruments` and exported facades record to
   * it. Only one SDK can be registered at a time. `true` by default.
   */
  readonly register?: boolean | undefined;
  /** Shuts the SDK down when the test of this context ends. Otherwise call {@link TestSdk.shutdown}, or use `await using`. */
  readonly context?: TestContext | undefined;
  /** Options of the page. It has neither `target_info` nor metrics about itself by default. */
  readonly page?: PrometheusReaderOptions | undefined;
}

/** An SDK of one test: nothing listens, nothing is sent, no environment variable is read. */
export interface TestSdk extends Scrapable, AsyncDisposable {
  /** What was reported since the start, oldest first: `meterbridge label: ...`. */
  readonly diagnostics: readonly string[];
  /** Returns the page in the text format 0.0.4. Never rejects. */
  scrape(): Promise<{ readonly status: number; readonly contentType: string; readonly body: string }>;
  /** Returns a meter of this SDK, also if it is not registered: `new Shop(sdk.getMeter('shop'))`. */
  getMeter(name: string): CapableMeter;
  /** Returns the instruments of a catalog on this SDK. */
  instruments<C extends Catalog>(catalog: C): Instruments<C>;
  /**
   * Ends every series, creates those of catalogs again that exist from the start, and empties {@link diagnostics}.
   * Instruments, bound series and callbacks stay valid.
   */
  reset(): void;
  /** Ends the registration and recording. Deferred instruments record nothing until the next SDK. Never rejects. */
  shutdown(): Promise<void>;
}

/**
 * Starts an SDK for one test. Several tests of one process must not use registered ones at the same time.
 *
 * @throws ConfigurationError if `register` is not `false` and another MeterProvider is registered, such as that of a test
 *   that did not shut its SDK down
 * @example
 * test('counts orders', async (t) => {
 *   const sdk = startTestSdk({ context: t, catalogs: [shop] });
 *   await placeOrder();
 *   await collectAndCompare(sdk, 'shop_orders_total{result="paid"} 1\nshop_orders_total{result="refused"} 0');
 * });
 */
export function startTestSdk(options: TestSdkOptions = {}): TestSdk {
  return new ProviderTestSdk(options);
}

class ProviderTestSdk implements TestSdk {
  readonly diagnostics: string[] = [];
  private readonly reader: PrometheusReader;
  private readonly provider: MeterProvider;
  private readonly disposers: (() => void)[] = [];
  private closing: Promise<void> | undefined;

  constructor(options: TestSdkOptions) {
    const { catalogs = [], clock, register = true, context, page, readers = [], ...provider } = options;
    this.reader = new PrometheusReader({ selfMetrics: false, targetInfoEnabled: false, ...page });
    const now = clock === undefined ? Date.now : () => clock.now();
    this.provider = new MeterProvider({ ...provider, now, readers: [this.reader, ...readers] });
    if (register) {
      refuseOtherProvider();
      this.disposers.push(registerProvider(this.provider));
    }
    if (clock !== undefined) this.disposers.push(clock.install());
    resetDiagnostics();
    this.disposers.push(setDiagnosticLogger(listLogger(this.diagnostics)));
    for (const source of catalogs) this.instruments(resolveCatalog(source));
    if (register) attachObserved();
    if (context !== undefined) shutdownAfter(context, () => this.shutdown());
  }

  async scrape() {
    const { status, contentType, body } = await this.reader.scrape();
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return { status, contentType, body: Buffer.concat(pieces).toString('utf8') };
  }

  getMeter(name: string): CapableMeter {
    return this.provider.getMeter(name);
  }

  instruments<C extends Catalog>(catalog: C): Instruments<C> {
    const { name, version, schemaUrl } = catalog;
    const meter = this.provider.getMeter(name, version, schemaUrl === undefined ? {} : { schemaUrl });
    return createInstruments(meter, catalog);
  }

  reset(): void {
    this.provider.reset();
    this.diagnostics.length = 0;
    resetDiagnostics();
  }

  shutdown(): Promise<void> {
    this.closing ??= this.close();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  private async close(): Promise<void> {
    for (const dispose of this.disposers.splice(0).reverse()) dispose();
    await this.provider.shutdown().catch(() => {});
  }
}

/** An SDK of another test must not receive what this one records. */
function refuseOtherProvider(): void {
  if (metrics.getMeterProvider().getMeter('meterbridge') === createNoopMeter()) return;
  const message =
    'another MeterProvider is registered with the OpenTelemetry API: shut down the SDK of the other test first, or start this one with register: false';
  throw new ConfigurationError([{ code: 'duplicate', path: 'MeterProvider', message }]);
}

function shutdownAfter(context: TestContext, shutdown: () => Promise<void>): void {
  if ('after' in context) context.after(shutdown);
  else context.onTestFinished(shutdown);
}

function listLogger(list: string[]): DiagLogger {
  const add = (message: string) => void list.push(message);
  return { error: add, warn: add, info: () => {}, debug: () => {}, verbose: () => {} };
}
