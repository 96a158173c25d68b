import { Readable } from 'node:stream';
import { parts } from '../../../../serve.mjs';

export default defineEventHandler((event) => sendStream(event, Readable.from(parts())));
