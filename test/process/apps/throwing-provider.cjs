// Registers a MeterProvider that throws for one name.
const { metrics } = require('@opentelemetry/api');
const { MeterProvider } = require('@opentelemetry/sdk-metrics');

const provider = new MeterProvider();
const getMeter = provider.getMeter.bind(provider);
provider.getMeter = (name, ...rest) => {
  if (name === 'meterbridge') throw new Error('no meter');
  return getMeter(name, ...rest);
};
metrics.setGlobalMeterProvider(provider);
