// A short-lived process: it records and is done.
const { hodei } = require('meterbridge/systems/hodei');

hodei.recordJobScheduled('tenant-1');
hodei.setWorkersHealthy(3);
hodei.recordSchedulingLatency(0.015);
