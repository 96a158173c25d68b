// Registers a MeterProvider, as another SDK does.
const { metrics } = require('@opentelemetry/api');
const { MeterProvider } = require('@opentelemetry/sdk-metrics');

metrics.setGlobalMeterProvider(new MeterProvider());
