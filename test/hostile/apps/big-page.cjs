// Has a page of 20,000 histogram series, ten megabytes as text.
const { metrics } = require('@opentelemetry/api');
const { start } = require('meterbridge');

start({ cardinalityLimit: 20_000, prometheus: { host: '127.0.0.1', port: 0 } }).then((sdk) => {
  const histogram = metrics.getMeter('app').createHistogram('wait');
  for (let i = 0; i < 20_000; i++) histogram.record(i % 10, { path: `/path/${i}` });
  console.log(sdk.urls[0]);
  setInterval(() => {}, 1000);
});
