import { processMode } from './accepted-values';
import { setting } from './setting';
import { interval } from './value-types';

/** The settings of programs that run as several processes or threads: a part of the table of settings. */
export const PROCESS_SETTINGS = {
  processes: setting({
    type: processMode,
    variables: ['METERBRIDGE_PROCESSES'],
    default: 'aggregate',
    description:
      'How the processes and threads of one program share their metrics. `aggregate`: the first process serves and pushes the metrics of its threads and descendants too. `separate`: each serves and pushes its own, with a `service.instance.id` of its own. `off`: threads, cluster workers and forked processes serve and push nothing.',
  }),
  processSyncIntervalMillis: setting({
    type: interval,
    variables: ['METERBRIDGE_PROCESS_SYNC_INTERVAL'],
    default: 1000,
    description:
      'Milliseconds after which other processes and threads send what has changed, besides at each scrape. What one of them has recorded since then is lost if it is killed.',
  }),
};
