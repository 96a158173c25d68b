// A cluster whose primary has no metrics, as that of pm2: the workers are preloaded by themselves.
const cluster = require('node:cluster');

if (cluster.isPrimary) cluster.setupPrimary({ execArgv: ['--require', 'meterbridge/register'] });
require('./cluster.cjs');
