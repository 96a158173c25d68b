import { start } from 'meterbridge';
import { shop } from './shop.mjs';

const sdk = await start({ serviceName: 'shop', catalogs: [shop] });
console.log(sdk.urls);
