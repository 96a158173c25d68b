import { createNoopMeter, type Meter, type MeterProvider } from '@opentelemetry/api';
import { LIFECYCLE, type ProviderLifecycle } from '../instruments/capabilities';

/**
 * A provider whose instruments do nothing, registered while metrics are disabled. Its meter differs from the no-op meter of
 * the API, so that deferred instruments attach to it once and stop looking for an SDK.
 */
export class DisabledMeterProvider implements MeterProvider {
  private readonly lifecycle = { isActive: true };
  private readonly meter: Meter & { readonly [LIFECYCLE]: ProviderLifecycle };

  constructor() {
    const noop = createNoopMeter();
    this.meter = {
      createCounter: (...args) => noop.createCounter(...args),
      createGauge: (...args) => noop.createGauge(...args),
      createHistogram: (...args) => noop.createHistogram(...args),
      createUpDownCounter: (...args) => noop.createUpDownCounter(...args),
      createObservableCounter: (...args) => noop.createObservableCounter(...args),
      createObservableGauge: (...args) => noop.createObservableGauge(...args),
      createObservableUpDownCounter: (...args) => noop.createObservableUpDownCounter(...args),
      addBatchObservableCallback: (...args) => noop.addBatchObservableCallback(...args),
      removeBatchObservableCallback: (...args) => noop.removeBatchObservableCallback(...args),
      [LIFECYCLE]: this.lifecycle,
    };
  }

  getMeter(): Meter {
    return this.meter;
  }

  /** Makes deferred instruments look for another provider. */
  async shutdown(): Promise<void> {
    this.lifecycle.isActive = false;
  }
}
